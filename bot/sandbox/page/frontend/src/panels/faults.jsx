// Faults to play with: what Telegram does wrong, and the bot's process.
import { useState } from "preact/hooks";
import { Icon } from "../icons.jsx";
import { act, bot, faults } from "../store.js";
import { t } from "../words.js";

const KINDS = ["none", "slow", "down", "429"];
const SECONDS = { slow: 3, 429: 5 }; // how long a call takes, and what Telegram tells the bot to wait

export function Faults() {
  return (
    <div class="panel-body">
      <Network />
      <Process />
    </div>
  );
}

function Network() {
  const [seconds, setSeconds] = useState(SECONDS);
  const present = faults.value.kind ?? "none";
  const set = (kind) => act("faults", kind in seconds ? { kind, seconds: seconds[kind] } : { kind });
  return (
    <fieldset class="faults">
      <legend>{t("faults_network")}</legend>
      {KINDS.map((kind) => (
        <div class={`fault-choice ${present === kind ? "chosen" : ""}`} key={kind}>
          <label>
            <input type="radio" name="fault" checked={present === kind} onChange={() => set(kind)} />
            <span><b>{t(`fault_${kind}`)}</b><small>{t(`fault_${kind}_about`)}</small></span>
          </label>
          {kind in SECONDS && (
            <label class="seconds">
              <span class="unseen">{t("seconds_of", { name: t(`fault_${kind}`) })}</span>
              <input type="number" min="1" max="60" value={seconds[kind]}
                onInput={(event) => setSeconds({ ...seconds, [kind]: Number(event.currentTarget.value) || 1 })} /> {t("seconds")}
            </label>
          )}
        </div>
      ))}
    </fieldset>
  );
}

function Process() {
  const { state, pid } = bot.value;
  return (
    <section class="process">
      <h3>{t("faults_process")}</h3>
      <p>{t("kill_about")}</p>
      <button type="button" class="danger" disabled={state !== "up"} onClick={() => act("kill_bot")}>
        <Icon name="faults" size={20} />{t("kill")}
      </button>
      <p class="note" role="status">{state === "up" ? t("process", { pid }) : t(`bot_${state}`)}</p>
    </section>
  );
}
