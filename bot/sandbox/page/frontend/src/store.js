// What the server told: one signal for each part, and one for each chat, so that a message redraws its chat only.
import { batch, computed, signal } from "@preact/signals";
import { request } from "./socket.js";
import { t } from "./words.js";

const MOST_CALLS = 300;

export const ready = signal(false);
export const people = signal([]);
export const chats = signal(new Map()); // key -> signal of a chat
export const profiles = signal({}); // person -> {description, commands} of the bot, in their language
export const bot = signal({ state: "starting" });
export const faults = signal({ kind: "none" });
export const calls = signal([]); // newest first
export const typing = signal(new Set()); // chats in which the bot is typing
export const draft = signal(null); // {key, text}: what is to be put where that chat writes
export const subscribers = signal({ total: 0, received: 0, failed: 0 });
export const knowledge = signal({ digest: "", served: true, count: 0 }); // count: versions served since the page was opened
export const inlineAnswers = signal({}); // person -> answer to the latest inline query
export const alerts = signal([]); // notices that must be closed
export const notices = signal({}); // person -> the notice that is shown for a moment
export const question = signal(null); // {text, yes, act}: what must be confirmed first
export const failure = signal(""); // why the latest action was refused
export const tourStep = signal(0);
export const kills = signal(0); // how often the bot went down since the page was opened

/** Grows with each message that comes or changes; messages carry the value of their latest change as `touched`. */
export const clock = signal(0);

export const personById = computed(() => new Map(people.value.map((person) => [person.id, person])));

const handlers = {
  snapshot(event) {
    people.value = event.people;
    chats.value = new Map(event.chats.map((chat) => [chat.key, signal(withTouched(chat))]));
    profiles.value = event.profiles;
    bot.value = event.bot;
    faults.value = event.faults;
    if (event.subscribers) subscribers.value = event.subscribers;
    if (event.knowledge) knowledge.value = { ...knowledge.value, ...event.knowledge };
    tourStep.value = event.tour?.step ?? 0;
    calls.value = [];
    ready.value = true;
    request("calls", { since: 0 }).then((result) => addCalls(result.calls ?? []), () => {});
  },
  message({ key, message }) {
    clock.value += 1;
    changeChat(key, (chat) => withMessage(chat, { ...message, touched: clock.value }));
  },
  deleted({ key, id }) {
    changeChat(key, (chat) => ({ ...chat, messages: chat.messages.filter((message) => message.id !== id) }));
  },
  keyboard: ({ key, keyboard }) => changeChat(key, (chat) => ({ ...chat, keyboard })),
  notice({ person, text, alert }) {
    if (text && alert) alerts.value = [...alerts.value, { person, text }];
    else showNotice(person, text);
  },
  inline(event) { inlineAnswers.value = { ...inlineAnswers.value, [event.person]: event }; },
  people(event) { people.value = event.people; },
  profiles(event) { profiles.value = event.profiles; },
  bot({ event: _, ...state }) {
    if (state.state !== "up" && bot.value.state === "up") kills.value += 1;
    bot.value = { ...bot.value, ...state };
  },
  faults({ event: _, ...state }) { faults.value = state; },
  call({ event: _, ...call }) { addCalls([call]); },
  calls(event) { addCalls(event.calls); },
  subscribers({ event: _, ...counts }) { subscribers.value = counts; },
  knowledge({ digest, served }) {
    knowledge.value = { digest, served, count: knowledge.value.count + (served ? 1 : 0) };
  },
};

/** Applies an event of the server; unknown ones are for a newer page. */
export function applyEvent(event) {
  batch(() => handlers[event.event]?.(event));
}

/** A chat of a snapshot; messages that are known keep when they changed, and what was unread stays so. */
function withTouched(chat) {
  const known = chats.peek().get(chat.key)?.peek();
  const touched = new Map((known?.messages ?? []).map((message) => [message.id, message.touched]));
  const messages = chat.messages.map((message) => ({ ...message, touched: touched.get(message.id) ?? 0 }));
  return { ...chat, messages, unread: known?.unread ?? chat.unread };
}

function withMessage(chat, message) {
  const place = chat.messages.findLastIndex((other) => other.id === message.id);
  const isNew = place < 0;
  const messages = isNew ? [...chat.messages, message] : chat.messages.with(place, message);
  return { ...chat, messages, unread: chat.unread + (isNew && !message.out && !isShown(chat.key) ? 1 : 0) };
}

function changeChat(key, change) {
  const chat = chats.value.get(key);
  if (chat) chat.value = change(chat.value);
}

function addCalls(more) {
  const known = calls.value[0]?.n ?? -1;
  const fresh = more.filter((call) => call.n > known).sort((one, other) => other.n - one.n);
  if (fresh.length) calls.value = [...fresh, ...calls.value].slice(0, MOST_CALLS);
  for (const { method, chat } of fresh.toReversed()) if (chat) setTyping(chat, method === "sendChatAction");
}

/** As Telegram shows it: until the bot's next message there, for five seconds at most. */
function setTyping(chat, isTyping) {
  const others = [...typing.value].filter((one) => one !== chat);
  typing.value = new Set(isTyping ? [...others, chat] : others);
  if (isTyping) setTimeout(() => setTyping(chat, false), 5000);
}

function showNotice(person, text) {
  const notice = { text };
  notices.value = { ...notices.value, [person]: notice };
  setTimeout(() => {
    if (notices.value[person] === notice) notices.value = { ...notices.value, [person]: undefined };
  }, 4000);
}

/** Like `request`, but shows why the server refused; resolves to undefined then. */
export async function act(action, fields) {
  try {
    failure.value = "";
    return await request(action, fields);
  } catch (error) {
    failure.value = error.code ? t(`refused_${error.code}`, error.values) : error.message || t("lost");
    return undefined;
  }
}

/** The private chat of a person with the bot, or undefined. */
export function privateChat(person) {
  return [...chats.value.values()].find((chat) => chat.value.person === person && chat.value.type === "private");
}

let isShown = () => false;

/** Registers which chats are on the screen: their messages are not counted as unread. */
export function setShown(check) {
  isShown = check;
}

export function markRead(key) {
  if (chats.value.get(key)?.value.unread) changeChat(key, (chat) => ({ ...chat, unread: 0 }));
}
