// Icons on a 24 by 24 grid, drawn with the colour of the text.

const PATHS = {
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4 12l16-8-5 16-3.5-6.5zM11.5 13.500L20 4",
  attach: "M8 12.500l6.5-6.500a3.2 3.2 0 0 1 4.5 4.500l-8.5 8.500a5 5 0 0 1-7-7L11 4.5",
  reply: "M9 7l-5 5 5 5M4 12h9a6 6 0 0 1 6 6v1",
  edit: "M5 19l1-4L16 5l3 3L9 18zM14 7l3 3",
  menu: "M5 7h14M5 12h14M5 17h9",
  more: "M12 6v.01M12 12v.01M12 18v.01",
  down: "M6 9l6 6 6-6",
  check: "M5 12.500l4.5 4.500L19 7.5",
  checks: "M2.5 13l4 4 8.5-9M11 16l1 1 8.5-9",
  add: "M12 5v14M5 12h14",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  photo: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9v.01",
  tour: "M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18zM15.5 8.500l-2 5-5 2 2-5z",
  faults: "M13 3L5 13.500h6L10 21l9-11h-6.500z",
  scenes: "M4 20V9M10 20V4M16 20v-8M21 20H3",
  knowledge: "M5 4.500h10a3 3 0 0 1 3 3V20H8a3 3 0 0 1-3-3zM5 17a3 3 0 0 1 3-3h10M9 8.500h5",
  light: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.400M17.6 17.600L19 19M19 5l-1.4 1.400M6.4 17.600L5 19",
  dark: "M20 14.500A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.500z",
  system: "M4 5h16v11H4zM9 20h6M12 16v4",
  keyboard: "M3 7h18v10H3zM7 11v.01M12 11v.01M17 11v.01M8 14h8",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20a6 6 0 0 1 12 0M16 4.500a3.5 3.5 0 0 1 0 6M18 14.500a6 6 0 0 1 3 5.5",
  warning: "M12 4l9 16H3zM12 10v4M12 17v.01",
  reset: "M5 5v5h5M5.5 10a7.5 7.5 0 1 1-1 4",
};

export function Icon({ name, size = 22 }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor"
      stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A round button with an icon; its name is read aloud and shown as a tooltip. */
export function IconButton({ icon, label, size, class: extra = "", ...rest }) {
  return (
    <button type="button" class={`icon-button ${extra}`} aria-label={label} title={label} {...rest}>
      <Icon name={icon} size={size} />
    </button>
  );
}

const COLOURS = 7;

/** A coloured circle with initials. */
export function Avatar({ name, seed, size = 46 }) {
  const letters = initials(name);
  const colour = [...String(seed)].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % COLOURS;
  return (
    <svg class={`avatar colour-${colour}`} width={size} height={size} viewBox="0 0 46 46" aria-hidden="true">
      <circle cx="23" cy="23" r="23" />
      <text x="23" y="23" dy="0.36em" text-anchor="middle">{letters}</text>
    </svg>
  );
}

function initials(name) {
  const words = name.trim().split(/\s+/);
  if (/\p{Script=Han}/u.test(name)) return [...name.trim()].slice(-1).join("");
  return words.slice(0, 2).map((word) => [...word][0] ?? "").join("").toUpperCase();
}
