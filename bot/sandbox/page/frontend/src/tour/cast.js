// Who plays in the tour, and what is done in their names. Steps see the same events as the page.
import { effect } from "@preact/signals";
import { act, bot, chats, clock, knowledge, kills, people, privateChat, subscribers } from "../store.js";
import { current, show } from "../view.js";
import { language } from "../words.js";

const WAIT_MS = 60_000;
const PAUSE_MS = 450; // between two actions, so that they can be seen
const SIGNATURE = 15; // characters of callback data before what the button does; see bot/telegram_ui/callback_data.py

/** The people with a role who speak the page's language; others where there are too few. */
export function cast(role) {
  const all = people.value.filter((person) => person.role === role);
  return [...all.filter((person) => person.language === language.value), ...all.filter((person) => person.language !== language.value)];
}

export const citizen = () => cast("citizen")[0];
export const clerk = () => cast("staff")[0];
export const admin = () => cast("admin")[0];
export const secondAdmin = () => cast("admin")[1];

/** Sets a person's Telegram to the page's language, so that the reader can read what the bot writes there. */
export async function translate(person) {
  if (!person || person.language === language.value) return;
  await act("set_language", { person: person.id, language: language.value });
  await act("start", { key: privateChat(person.id).value.key }); // so that the bot notes it
}

// --- What happened ---

/** The time of a step's begin, for the questions below. */
export const now = () => ({ clock: clock.peek(), versions: knowledge.peek().count, kills: kills.peek() });

const messages = (person) => (person && privateChat(person.id)?.value.messages) || [];

/** Messages of the bot to a person that came or changed since then. */
export function replies(person, since) {
  return messages(person).filter((message) => !message.out && message.touched > since.clock);
}

/** Whether this person wrote something since then, and the bot answered after it. */
export function isAnswered(person, since) {
  const written = messages(person).find((message) => message.out && message.touched > since.clock);
  return Boolean(written) && replies(person, since).some((reply) => reply.touched > written.touched);
}

/** Whether the private chat of this person is the one in use. */
export const isInUse = (person) => Boolean(person) && current.value === privateChat(person.id)?.value.key;

export const isServed = (since) => knowledge.value.count > since.versions;
export const wasKilled = (since) => kills.value > since.kills;
export const isUp = () => bot.value.state === "up";
export const counts = () => subscribers.value;

/** Whether a button does what `action` matches. */
export const isButton = (button, action) => button.data && action.test(button.data.slice(SIGNATURE));

/** Where a button that does this is, in the newest message that has one: {message, row, column}; or undefined. */
export function findButton(person, action, since, label = "") {
  const fits = (button) => isButton(button, action) && new RegExp(label, "i").test(button.text);
  const found = replies(person, since).sort((one, other) => other.touched - one.touched)
    .find((message) => message.buttons?.some((row) => row.some(fits)));
  if (!found) return undefined;
  const row = found.buttons.findIndex((buttons) => buttons.some(fits));
  return { message: found.id, row, column: found.buttons[row].findIndex(fits) };
}

// --- What is done for the reader ---

/** Resolves to the first true value of `check`, which reads signals; rejects after a minute or when `signal` aborts. */
export function until(check, signal) {
  return new Promise((resolve, reject) => {
    let stop = () => {};
    let isOver = false;
    const end = (settle, value) => {
      isOver = true;
      clearTimeout(timer);
      queueMicrotask(() => stop());
      settle(value);
    };
    const timer = setTimeout(() => end(reject, new Error("timeout")), WAIT_MS);
    signal.addEventListener("abort", () => end(reject, new Error("aborted")));
    stop = effect(() => {
      const value = check();
      if (value && !isOver) end(resolve, value);
    });
  });
}

/** Actions of people, one after the other, since the time `since`. */
export class Player {
  constructor(since, signal) {
    this.since = since;
    this.signal = signal;
  }

  until(check) {
    return until(check, this.signal);
  }

  async pause() {
    await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
    if (this.signal.aborted) throw new Error("aborted");
  }

  show(person) {
    const chat = privateChat(person.id);
    if (chat) show(chat.value.key);
    return chat.value.key;
  }

  /** Writes a text and waits for the answer; presses Start before it if that person never did. */
  async write(person, text) {
    await this.meet(person);
    const before = now();
    await act("write", { key: this.show(person), text });
    await this.until(() => replies(person, before).length);
    await this.pause();
  }

  async meet(person) {
    const key = this.show(person);
    if (chats.value.get(key).value.messages.length) return;
    const before = now();
    await act("start", { key });
    await this.until(() => replies(person, before).length);
    await this.pause();
  }

  /** Waits for a button that does this and presses it; one with this in its label if there is one. */
  async press(person, action, label) {
    const key = this.show(person);
    const place = await this.until(() => findButton(person, action, this.since, label) ?? findButton(person, action, this.since));
    await this.pause();
    await act("press", { key, ...place });
  }
}
