// The WebSocket: actions with replies, events, and a new connection when one is lost.
import { signal } from "@preact/signals";

export const connected = signal(true);

const RETRY_MS = 1000;
const waiting = new Map();
let socket = null;
let number = 0;

/** Opens the socket and keeps it open; `onEvent` gets each event of the server. */
export function connect(onEvent) {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${location.host}/socket`);
  socket.onopen = () => { connected.value = true; };
  socket.onmessage = (frame) => receive(JSON.parse(frame.data), onEvent);
  socket.onclose = () => {
    connected.value = false;
    for (const { reject } of waiting.values()) reject(new Error(""));
    waiting.clear();
    setTimeout(() => connect(onEvent), RETRY_MS);
  };
}

function receive(frame, onEvent) {
  if (!("re" in frame)) return onEvent(frame);
  const caller = waiting.get(frame.re);
  waiting.delete(frame.re);
  if (frame.ok) caller?.resolve(frame.result ?? {});
  else caller?.reject(Object.assign(new Error(frame.error), { code: frame.code, values: frame.values }));
}

/** Asks the server to do something; resolves to its result, rejects with its sentence. */
export function request(action, fields = {}) {
  if (socket?.readyState !== WebSocket.OPEN) return Promise.reject(new Error(""));
  const id = ++number;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    socket.send(JSON.stringify({ id, do: action, ...fields }));
  });
}
