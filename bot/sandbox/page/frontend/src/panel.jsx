// The panel beside the chats.
import { lazyPanel } from "./lazy.jsx";
import { Faults } from "./panels/faults.jsx";
import { Scenes } from "./panels/scenes.jsx";
import { Tour } from "./panels/tour.jsx";
import { IconButton } from "./icons.jsx";
import { panel } from "./view.js";
import { t } from "./words.js";

const Knowledge = lazyPanel(() => import("./panels/knowledge.jsx"));
const PANELS = { tour: Tour, faults: Faults, scenes: Scenes, knowledge: Knowledge };

export function Panel({ name }) {
  const Content = PANELS[name] ?? Tour;
  return (
    <aside class={`panel panel-${name}`} aria-labelledby="panel-title">
      <header class="panel-header">
        <h2 id="panel-title">{t(`panel_${name}`)}</h2>
        <IconButton icon="close" label={t("close_panel")}
          onClick={() => { panel.value = ""; document.querySelector(`.top-bar [title="${t(`panel_${name}`)}"]`).focus(); }} />
      </header>
      <Content />
    </aside>
  );
}
