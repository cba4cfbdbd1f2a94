// The page: top bar, people, open chats, a panel.
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { Chat } from "./chat.jsx";
import { Avatar, Icon, IconButton } from "./icons.jsx";
import { Menu } from "./menu.jsx";
import { Panel } from "./panel.jsx";
import { PeopleList } from "./people.jsx";
import { connect, connected } from "./socket.js";
import { act, alerts, applyEvent, bot, failure, personById, privateChat, people, question, ready } from "./store.js";
import { current, isNarrow, openFirst, panel, show, shown, theme } from "./view.js";
import { language, LANGUAGES, t } from "./words.js";

const PANELS = ["tour", "faults", "scenes", "knowledge"];
const THEMES = ["system", "light", "dark"];

function App() {
  if (!ready.value) return <main class="waiting"><p role="status">{connected.value ? t("opening") : t("lost")}</p></main>;
  const chats = shown();
  const hasList = !isNarrow() || (!chats.length && !panel.value);
  return (
    <>
      <TopBar />
      <main class={`desk ${isNarrow() ? "narrow" : "wide"}`} style={{ "--chats": chats.length }}>
        {hasList && <PeopleList />}
        {(!isNarrow() || !panel.value) && (
          <div class="chats">
            {chats.map((key) => <Chat key={key} chatKey={key} />)}
            {!chats.length && !isNarrow() && <p class="no-chat">{t("choose_chat")}</p>}
          </div>
        )}
        {panel.value && <Panel name={panel.value} />}
      </main>
      <Failure />
      <Alerts />
      <Question />
    </>
  );
}

function TopBar() {
  return (
    <header class="top-bar">
      <img src="/static/icon.svg" alt="" width="30" height="30" />
      <h1>{t("title")}</h1>
      <BotState />
      <nav aria-label={t("panels")}>
        {PANELS.map((name) => (
          <button type="button" key={name} aria-pressed={panel.value === name} title={t(`panel_${name}`)}
            onClick={() => { panel.value = panel.value === name ? "" : name; }}>
            <Icon name={name} size={20} /><span>{t(`panel_${name}`)}</span>
          </button>
        ))}
      </nav>
      <Menu icon={theme.value} label={t("theme")} items={THEMES.map((name) => ({
        text: t(`theme_${name}`), icon: name, act: () => { theme.value = name; },
      }))} />
      <label class="language">
        <span class="unseen">{t("language")}</span>
        <select value={language.value} onChange={(event) => { language.value = event.currentTarget.value; }}>
          {Object.entries(LANGUAGES).map(([code, name]) => <option key={code} value={code}>{name}</option>)}
        </select>
      </label>
      <Menu icon="more" label={t("more")} items={[{ text: t("reset"), icon: "reset", act: () => { question.value = { text: t("reset_question"), yes: t("reset_yes"), act: () => act("reset") }; } }]} />
    </header>
  );
}

function BotState() {
  const state = connected.value ? bot.value.state : "lost";
  return (
    <p class={`bot-state ${state}`} role="status" title={bot.value.pid ? t("process", { pid: bot.value.pid }) : ""}>
      <span class="dot" /><span class="words">{state === "lost" ? t("lost") : t(`bot_${state}`)}</span>
    </p>
  );
}

function Failure() {
  if (!failure.value) return null;
  return (
    <div class="failure" role="alert">
      <Icon name="warning" /><span>{failure.value}</span>
      <IconButton icon="close" size={18} label={t("close")} onClick={() => { failure.value = ""; }} />
    </div>
  );
}

/** Notices that Telegram shows in a window until they are closed. */
function Alerts() {
  const [alert] = alerts.value;
  if (!alert) return null;
  const leave = () => { alerts.value = alerts.value.slice(1); };
  return (
    <dialog class="dialog" ref={(dialog) => dialog && !dialog.open && dialog.showModal()} onClose={leave} aria-labelledby="alert-text">
      <div class="dialog-head"><Avatar name={personById.value.get(alert.person)?.name ?? ""} seed={alert.person} size={32} />
        <b>{personById.value.get(alert.person)?.name}</b></div>
      <p id="alert-text">{alert.text}</p>
      <form method="dialog"><button class="primary">{t("ok")}</button></form>
    </dialog>
  );
}

/** What cannot be undone is confirmed; Escape and the first button leave everything as it is. */
function Question() {
  if (!question.value) return null;
  const { text, yes, act: confirmed } = question.value;
  return (
    <dialog class="dialog" role="alertdialog" aria-labelledby="question-text" ref={(dialog) => dialog && !dialog.open && dialog.showModal()}
      onClose={(event) => { question.value = null; if (event.currentTarget.returnValue === "yes") confirmed(); }}>
      <p id="question-text">{text}</p>
      <form method="dialog"><div class="dialog-buttons">
        <button class="quiet" value="">{t("cancel")}</button>
        <button class="danger" value="yes">{yes}</button>
      </div></form>
    </dialog>
  );
}

function Page() {
  useEffect(() => {
    if (!ready.value) return;
    const citizen = people.value.find((one) => one.role === "citizen" && one.language === language.value);
    const clerk = people.value.find((one) => one.role === "staff");
    openFirst([citizen, clerk].flatMap((one) => (one ? [privateChat(one.id)?.value.key] : [])).filter(Boolean));
  }, [ready.value]);
  return <App />;
}

addEventListener("keydown", (event) => {
  // Alt and a number opens that person's chat and moves the focus into it.
  if (!event.altKey || !/^Digit[1-9]$/.test(event.code)) return;
  const person = people.value[Number(event.code.at(-1)) - 1];
  const chat = person && privateChat(person.id);
  if (!chat) return;
  event.preventDefault();
  show(chat.value.key);
  focusChat(chat.value.key) || setTimeout(() => focusChat(chat.value.key));
});

/** Whether the chat is drawn and has the focus now. */
function focusChat(key) {
  const field = document.querySelector(`[data-chat="${key}"] :is(textarea, .big-button)`);
  field?.focus();
  return Boolean(field);
}

connect(applyEvent);
render(<Page />, document.getElementById("app"));
