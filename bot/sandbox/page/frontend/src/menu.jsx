// A button that opens a short menu: arrows move, Escape closes.
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon, IconButton } from "./icons.jsx";

/** `items` are {text, act, icon?}. */
export function Menu({ icon, label, items, up = false }) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef(null);
  const list = useRef(null);
  useEffect(() => {
    if (!isOpen) return undefined;
    list.current.querySelector("button").focus();
    const leave = (event) => root.current?.contains(event.target) || setOpen(false);
    addEventListener("pointerdown", leave);
    return () => removeEventListener("pointerdown", leave);
  }, [isOpen]);
  const shut = () => {
    setOpen(false);
    root.current.querySelector("button").focus();
  };
  const onKeyDown = (event) => {
    const buttons = [...list.current.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) buttons.at((buttons.indexOf(document.activeElement) + step) % buttons.length).focus();
    else if (event.key === "Escape" || event.key === "Tab") shut();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="menu" ref={root}>
      <IconButton icon={icon} label={label} aria-haspopup="menu" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} />
      {isOpen && (
        <ul role="menu" ref={list} class={up ? "up" : ""} onKeyDown={onKeyDown}>
          {items.map((item) => (
            <li role="none" key={item.text}>
              <button type="button" role="menuitem" onClick={() => { shut(); item.act(); }}>
                {item.icon && <Icon name={item.icon} size={20} />}{item.text}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
