// What this browser shows: open chats, panel, theme. Kept in localStorage.
import { effect, signal } from "@preact/signals";
import { chats, markRead, setShown } from "./store.js";

const LIST_PX = 272;
const CHAT_PX = 340;
const PANEL_PX = { tour: 380, faults: 380, scenes: 440, knowledge: 620 };
export const NARROW_PX = 760;

function kept(name, initial) {
  const value = signal(read(name) ?? initial);
  effect(() => write(name, value.value));
  return value;
}

function read(name) {
  try { return JSON.parse(localStorage.getItem(name)); } catch { return null; }
}

function write(name, value) {
  try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* a private window: not kept */ }
}

export const theme = kept("theme", "system"); // system | light | dark
export const panel = kept("panel", "tour"); // tour | faults | scenes | knowledge | ""
export const open = kept("open", []); // keys of the open chats, in the order of the screen
export const current = kept("current", ""); // the chat in use; on a narrow screen "" shows the list
export const width = signal(innerWidth);
let recent = []; // keys, the latest first: the one used longest ago gives way

addEventListener("resize", () => { width.value = innerWidth; });
effect(() => { document.documentElement.dataset.theme = theme.value; });

export const isNarrow = () => width.value < NARROW_PX;

/** How many chats fit beside the list and the panel; at least one. */
export function room() {
  if (isNarrow()) return 1;
  const panelWidth = panel.value ? Math.min(PANEL_PX[panel.value], width.value * 0.44) : 0;
  return Math.max(1, Math.floor((width.value - LIST_PX - panelWidth) / CHAT_PX));
}

/** Keys of the chats on the screen. */
export function shown() {
  const there = open.value.filter((key) => chats.value.has(key));
  if (isNarrow()) return there.filter((key) => key === current.value);
  if (there.length <= room()) return there;
  const order = [...new Set([current.value, ...recent, ...there])].filter((key) => there.includes(key));
  const latest = new Set(order.slice(0, room()));
  return there.filter((key) => latest.has(key));
}

setShown((key) => shown().includes(key));

/** Opens a chat, or only makes it the one in use. */
export function show(key) {
  if (!shown().includes(key)) {
    const visible = shown();
    const leaving = visible.length >= room() ? oldest(visible) : null;
    open.value = leaving ? visible.map((one) => (one === leaving ? key : one)) : [...visible, key];
  }
  use(key);
}

/** The chat that was used longest ago. */
function oldest(keys) {
  return keys.find((key) => !recent.includes(key)) ?? recent.filter((key) => keys.includes(key)).at(-1);
}

export function use(key) {
  recent = [key, ...recent.filter((one) => one !== key)];
  current.value = key;
  markRead(key);
}

export function close(key) {
  open.value = open.value.filter((one) => one !== key);
  if (current.value === key) current.value = isNarrow() ? "" : (open.value.at(-1) ?? "");
}

/** Opens the chats of the first citizen and the clerk, unless chats of this sandbox are open already. */
export function openFirst(wanted) {
  if (open.value.some((key) => chats.value.has(key))) return;
  open.value = wanted;
  current.value = isNarrow() ? "" : wanted[0];
}
