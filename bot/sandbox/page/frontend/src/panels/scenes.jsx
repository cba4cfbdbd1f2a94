// Behind the scenes: why the bot answers so, what it was sent and called, its health.
import { useEffect, useState } from "preact/hooks";
import { request } from "../socket.js";
import { act, bot, calls, chats } from "../store.js";
import { cast } from "../tour/cast.js";
import { current } from "../view.js";
import { language, t } from "../words.js";

const TABS = ["why", "calls", "health"];

export function Scenes() {
  const [tab, setTab] = useState("why");
  const move = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = TABS.at((TABS.indexOf(tab) + step) % TABS.length);
    setTab(next);
    document.getElementById(`tab-${next}`).focus();
  };
  const Content = { why: Why, calls: Calls, health: Health }[tab];
  return (
    <>
      <div class="tabs" role="tablist" aria-label={t("panel_scenes")} onKeyDown={move}>
        {TABS.map((name) => (
          <button type="button" role="tab" key={name} id={`tab-${name}`} aria-selected={tab === name} tabIndex={tab === name ? 0 : -1}
            aria-controls="tab-content" onClick={() => setTab(name)}>{t(`tab_${name}`)}</button>
        ))}
      </div>
      <div class="panel-body" role="tabpanel" id="tab-content" aria-labelledby={`tab-${tab}`} tabIndex={0}><Content /></div>
    </>
  );
}

/** The latest message of a citizen in the chat in use, else in any chat. */
function latestQuestion() {
  const own = (chat) => chat?.messages.findLast((message) => message.out && message.text && !message.text.startsWith("/"));
  const here = own(chats.value.get(current.value)?.value);
  const all = [...chats.value.values()].map((chat) => own(chat.value)).filter(Boolean);
  return (here ?? all.sort((one, other) => other.touched - one.touched)[0])?.text ?? "";
}

function Why() {
  const question = latestQuestion();
  const [text, setText] = useState(question);
  const [why, setWhy] = useState(null);
  const fields = (wanted) => ({ text: wanted.trim(), person: cast("citizen")[0]?.id });
  const ask = async (wanted) => { if (wanted.trim()) setWhy(await act("why", fields(wanted))); };
  useEffect(() => { // by itself, so without a complaint while the bot is down
    setText(question);
    if (question) request("why", fields(question)).then(setWhy, () => setWhy(null));
  }, [question, language.value]);
  return (
    <>
      <form class="ask" onSubmit={(event) => { event.preventDefault(); ask(text); }}>
        <label><span class="unseen">{t("question")}</span>
          <input value={text} placeholder={t("question")} onInput={(event) => setText(event.currentTarget.value)} /></label>
        <button class="primary">{t("explain")}</button>
      </form>
      {why ? <Explanation why={why} /> : <p class="hint">{t("why_hint")}</p>}
    </>
  );
}

function Explanation({ why }) {
  const most = Math.max(1, ...why.signals.map((signal) => Math.abs(signal.part)));
  return (
    <div class="why">
      <p class="outcome"><b>{t(`outcome_${why.outcome}`)}</b>{why.about.map((one) => <span key={one.id}>{one.title}</span>)}</p>
      <Bar name={t("certainty")} value={why.confidence} mark={why.answers_from} isMain />
      <Bar name={t("in_scope")} value={why.in_scope} mark={why.asks_from} isMain />
      <p class="note">{t("marks_about")}</p>
      <h3>{t("candidates")}</h3>
      <p class="note">{t("candidates_about")}</p>
      <ol class="candidates">{why.candidates.slice(0, 4).map((one) => <Candidate key={one.id} candidate={one} />)}</ol>
      <h3>{t("signals")}</h3>
      <p class="note">{t("signals_about")}</p>
      <ul class="signals">
        {why.signals.map((signal) => (
          <li key={signal.name}>
            <span>{signal.name} <b>{signal.value.toFixed(2)}</b></span>
            <span class="bar-track centred" role="img" aria-label={`${signal.name}: ${signal.part.toFixed(1)}`}>
              <span class={`bar-value ${signal.part < 0 ? "against" : "for"}`} style={{ width: `${(Math.abs(signal.part) / most) * 50}%` }} />
            </span>
          </li>
        ))}
      </ul>
      <details>
        <summary>{t("in_words")}</summary>
        {why.sentences.map((sentence) => <p key={sentence}>{sentence}</p>)}
      </details>
    </div>
  );
}

function Candidate({ candidate }) {
  return (
    <li>
      <p><b>{candidate.title}</b></p>
      <Bar name={t("fit")} value={candidate.score} isMain />
      {Object.entries(candidate.signals).filter(([, value]) => percent(value)).map(([name, value]) => <Bar key={name} name={t(`signal_${name}`)} value={value} />)}
      <Bar name={t("similarity")} value={candidate.similarity} />
      {candidate.phrasing && <p class="phrasing">{t("nearest", { phrasing: candidate.phrasing })}</p>}
    </li>
  );
}

const percent = (value) => Math.round(Math.max(-1, Math.min(1, value)) * 100);

/** A share of 1; one below 0 speaks against. `mark` is a threshold. */
function Bar({ name, value, mark, isMain }) {
  const label = `${name}: ${percent(value)} %${mark == null ? "" : `; ${t("threshold")}: ${percent(mark)} %`}`;
  return (
    <div class={`bar ${isMain ? "main" : ""}`}>
      <span class="bar-name">{name}</span>
      <span class="bar-track" role="img" aria-label={label} title={label}>
        <span class={`bar-value ${value < 0 ? "negative" : ""}`} style={{ width: `${Math.abs(percent(value))}%` }} />
        {mark != null && <span class="bar-mark" style={{ left: `${percent(mark)}%` }} />}
      </span>
      <span class="bar-number">{percent(value)}</span>
    </div>
  );
}

function Calls() {
  if (!calls.value.length) return <p class="hint">{t("no_calls")}</p>;
  return (
    <table class="calls">
      <thead><tr><th>{t("call_time")}</th><th>{t("call_method")}</th><th>{t("call_what")}</th><th>ms</th></tr></thead>
      <tbody>
        {calls.value.slice(0, 120).map((call) => (
          <tr key={call.n} class={call.result === "ok" ? "" : "failed"}>
            <td>{formatSecond(call.at)}</td>
            <td><code>{call.method}</code></td>
            <td>{call.result === "ok" ? call.summary : <><b>{call.result}</b> {call.summary}</>}</td>
            <td>{Math.round(call.ms)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const formatSecond = (seconds) => new Intl.DateTimeFormat(language.value, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false,
}).format(seconds * 1000);

function Health() {
  useEffect(() => {
    const look = () => request("health").then(({ health }) => { bot.value = { ...bot.value, health }; }, () => {});
    look();
    const timer = setInterval(look, 3000);
    return () => clearInterval(timer);
  }, []);
  const { health, pid, version, state } = bot.value;
  const rows = [["state", t(`bot_${state}`)], ["pid", pid], ["version", version], ...Object.entries(health ?? {})];
  return (
    <dl class="health">
      {rows.filter(([, value]) => value != null && value !== "").map(([name, value]) => [
        <dt key={`${name}-name`}>{t(`health_${name}`) === `health_${name}` ? name.replaceAll("_", " ") : t(`health_${name}`)}</dt>,
        <dd key={name}>{typeof value === "object" ? <pre>{JSON.stringify(value, null, 1)}</pre> : String(value)}</dd>,
      ])}
    </dl>
  );
}
