// The page's own words. What the bot says comes from the bot.
import { effect, signal } from "@preact/signals";
import en from "./words/en.json";
import ru from "./words/ru.json";
import zh from "./words/zh.json";

const CATALOGUE = { en, zh, ru };
export const LANGUAGES = { en: "English", zh: "中文", ru: "Русский" };

export const language = signal(firstLanguage());

effect(() => {
  document.documentElement.lang = language.value;
  document.title = t("title");
  try { localStorage.setItem("language", language.value); } catch { /* a private window: not kept */ }
});

function firstLanguage() {
  let saved = null;
  try { saved = localStorage.getItem("language"); } catch { /* a private window */ }
  const wanted = [saved, ...navigator.languages].map((name) => name?.slice(0, 2));
  return wanted.find((name) => name in CATALOGUE) ?? "en";
}

/** A text of the page in its language; `{name}` is filled in from `values`. */
export function t(key, values = {}) {
  const text = CATALOGUE[language.value][key] ?? CATALOGUE.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A number as people of the page's language write it. */
export const formatNumber = (value) => new Intl.NumberFormat(language.value).format(value);

/** The time of day of a unix time. */
export function formatTime(seconds) {
  return new Intl.DateTimeFormat(language.value, { hour: "2-digit", minute: "2-digit", hour12: false })
    .format(seconds * 1000);
}

/** The day of a unix time. */
export function formatDay(seconds) {
  const day = new Date(seconds * 1000);
  if (day.toDateString() === new Date().toDateString()) return t("today");
  return new Intl.DateTimeFormat(language.value, { day: "numeric", month: "long" }).format(day);
}

/** A size in bytes for people. */
export function formatSize(bytes) {
  const [unit, divisor] = bytes < 1024 ? ["B", 1] : bytes < 1024 ** 2 ? ["KB", 1024] : ["MB", 1024 ** 2];
  return `${new Intl.NumberFormat(language.value, { maximumFractionDigits: 1 }).format(bytes / divisor)} ${unit}`;
}
