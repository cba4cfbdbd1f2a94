// The guided tour: what to do, "do it for me", and the recognition of what was done.
import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { Avatar, Icon } from "../icons.jsx";
import { act, draft, privateChat, tourStep } from "../store.js";
import { Player, now } from "../tour/cast.js";
import { STEPS } from "../tour/steps.js";
import { isNarrow, panel, show } from "../view.js";
import { language, t } from "../words.js";
import { Progress } from "../people.jsx";

let beginning = { step: -1 }; // when the present step began; kept while the panel is closed

function begin(step) {
  if (beginning.step === step) return beginning;
  const isContinued = STEPS[step]?.startsWithPrevious && beginning.step === step - 1;
  beginning = { step, since: isContinued ? beginning.since : now(), memory: {} };
  return beginning;
}

/** Moves to a step; the server keeps it, so that a reload continues there. */
function goTo(step) {
  tourStep.value = step;
  act("tour", { step });
}

export function Tour() {
  const step = tourStep.value;
  const list = useRef(null);
  useEffect(() => { list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" }); }, [step]);
  return (
    <div class="panel-body tour">
      <p class="lead">{t("tour_lead")}</p>
      <Progress value={Math.min(step, STEPS.length)} of={STEPS.length} label={t("tour_progress", { done: Math.min(step, STEPS.length), total: STEPS.length })} />
      <ol ref={list}>
        {STEPS.map((one, place) => place === step
          ? <Present key={one.id} step={one} place={place} />
          : <Other key={one.id} step={one} place={place} isDone={place < step} />)}
      </ol>
      {step >= STEPS.length && (
        <div class="finished">
          <p>{t("tour_end")}</p>
          <button type="button" class="quiet" onClick={() => goTo(0)}>{t("tour_again")}</button>
        </div>
      )}
    </div>
  );
}

/** Shows a person's chat, with a text to be sent; on a narrow screen in place of the tour, which goes on when it is opened. */
function lookAt(person, text = "") {
  const { key } = privateChat(person.id).value;
  show(key);
  if (text) draft.value = { key, text };
  if (isNarrow()) panel.value = "";
}

function Other({ step, place, isDone }) {
  return (
    <li class={isDone ? "done" : ""}>
      <button type="button" onClick={() => goTo(place)}>
        <span class="step-number">{isDone ? <Icon name="check" size={18} /> : place + 1}</span>
        <span>{t(`tour_${step.id}`)}{isDone && <span class="unseen"> ({t("done")})</span>}</span>
      </button>
    </li>
  );
}

function Present({ step, place }) {
  const [isPlaying, setPlaying] = useState(false);
  const [isStuck, setStuck] = useState(false);
  const aborting = useRef(new AbortController());
  const next = () => goTo(place + 1);
  useEffect(() => {
    const { since, memory } = begin(place);
    let isOver = false;
    step.prepare?.();
    const stop = effect(() => {
      if (isOver || !step.isDone(since, memory)) return;
      isOver = true;
      queueMicrotask(next);
    });
    return () => { isOver = true; stop(); aborting.current.abort(); };
  }, []);
  const play = async () => {
    setPlaying(true);
    setStuck(false);
    try {
      await step.prepare?.();
      await step.play(new Player(now(), aborting.current.signal));
    } catch {
      if (!aborting.current.signal.aborted) setStuck(true);
    }
    setPlaying(false);
  };
  const typed = t(`tour_${step.id}_type`);
  return (
    <li class="present" aria-current="step">
      <p class="step-title"><span class="step-number">{place + 1}</span><b>{t(`tour_${step.id}`)}</b></p>
      <p>{t(`tour_${step.id}_text`)}</p>
      {!typed.startsWith("tour_") && (
        <button type="button" class="typed" lang={language.value} title={t("tour_fill_in")} onClick={() => lookAt(step.people()[0], typed)}>{typed}</button>
      )}
      <p class="step-people">
        {step.people().filter(Boolean).map((person) => (
          <button type="button" key={person.id} onClick={() => lookAt(person)}>
            <Avatar name={person.name} seed={person.id} size={24} />{person.name}
          </button>
        ))}
      </p>
      <div class="step-buttons">
        <button type="button" class="primary" disabled={isPlaying} aria-busy={isPlaying} onClick={play}>
          {isPlaying ? t("tour_playing") : t("tour_play")}
        </button>
        <button type="button" class="quiet" onClick={next}>{t("tour_skip")}</button>
      </div>
      {isStuck && <p class="fault" role="alert">{t("tour_stuck")}</p>}
    </li>
  );
}
