// Where a person writes: text, commands, inline mode, files, replies, edits, the reply keyboard.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon, IconButton } from "./icons.jsx";
import { Menu } from "./menu.jsx";
import { act, bot, draft, inlineAnswers } from "./store.js";
import { formatSize, t } from "./words.js";

const INLINE_PAUSE_MS = 250;
const MOST_BYTES = 20 * 1024 * 1024; // what a bot can download

export function Composer({ chat, person, commands, mode, setMode, drop, setDrop }) {
  const [text, setText] = useState("");
  const [file, setFile] = useState(null); // {blob, kind}
  const [fault, setFault] = useState("");
  const [isKeyboardOpen, setKeyboardOpen] = useState(true);
  const field = useRef(null);
  const list = useSuggestions({ text, commands, person, chat, onWrite: (value) => change(value) });

  const change = (value) => { setText(value); list.select(-1); };
  const take = (blob, kind) => {
    setFault(blob.size > MOST_BYTES ? t("file_too_big") : "");
    if (blob.size <= MOST_BYTES) setFile({ blob, kind });
    field.current.focus();
  };
  const leave = () => {
    if (mode?.kind === "edit") setText("");
    setMode(null);
    setFile(null);
    field.current.focus();
  };
  const send = async (value = text) => {
    if (!value.trim() && !file) return;
    const [sent, replyTo] = [value.trim(), mode?.kind === "reply" ? { reply_to: mode.message.id } : {}];
    setText("");
    setMode(null);
    setFile(null);
    const done = mode?.kind === "edit" ? await act("edit", { key: chat.key, message: mode.message.id, text: sent })
      : !file ? await act("write", { key: chat.key, text: sent, ...replyTo })
      : await act("attach", { key: chat.key, name: file.blob.name, kind: file.kind, caption: sent, content: await base64(file.blob) });
    if (!done) setText((typed) => typed || value); // refused, or no connection: nothing typed is lost
  };
  const onKeyDown = (event) => {
    if (event.isComposing || list.onKeyDown(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && (mode || file)) {
      leave();
    } else if (event.key === "ArrowUp" && !text && !mode) {
      const own = chat.messages.findLast((message) => message.out && message.text && !message.document && !message.photo);
      if (own) { event.preventDefault(); setMode({ kind: "edit", message: own }); }
    }
  };

  useEffect(() => {
    if (mode?.kind === "edit") setText(mode.message.text);
    if (mode) field.current.focus();
  }, [mode]);
  useEffect(() => {
    if (draft.value?.key !== chat.key) return;
    change(draft.value.text);
    draft.value = null;
    field.current.focus();
  }, [draft.value]);
  useEffect(() => {
    if (drop) take(drop, drop.type.startsWith("image/") ? "photo" : "document");
    setDrop(null);
  }, [drop]);
  useLayoutEffect(() => {
    field.current.style.height = "auto";
    field.current.style.height = `${field.current.scrollHeight}px`;
  }, [text]);

  return (
    <div class="foot">
      {list.element}
      {mode && <Context mode={mode} onClose={leave} />}
      {file && <Attached file={file} onClose={() => setFile(null)} />}
      {fault && <p class="fault" role="alert">{fault}</p>}
      <div class="composer">
        {commands.length > 0 && (
          <button type="button" class="commands-button" aria-expanded={text.startsWith("/")}
            onClick={() => { change(text === "/" ? "" : "/"); field.current.focus(); }}>
            <Icon name="menu" size={20} /><span>{t("menu")}</span>
          </button>
        )}
        <textarea ref={field} rows={1} maxLength={4096} value={text} placeholder={t("message")} dir="auto"
          aria-label={t("message_as", { name: person.name })} {...list.aria}
          onInput={(event) => change(event.currentTarget.value)} onKeyDown={onKeyDown}
          onPaste={(event) => { const [blob] = event.clipboardData.files; if (blob) take(blob, "photo"); }} />
        {chat.keyboard && (
          <IconButton icon="keyboard" label={t("keyboard")} aria-expanded={isKeyboardOpen} onClick={() => setKeyboardOpen(!isKeyboardOpen)} />
        )}
        <AttachMenu person={person} onFile={take} />
        <IconButton icon={mode?.kind === "edit" ? "check" : "send"} class="send" label={mode?.kind === "edit" ? t("save") : t("send")}
          disabled={!text.trim() && !file} onClick={() => send()} />
      </div>
      {chat.keyboard && isKeyboardOpen && <ReplyKeyboard keyboard={chat.keyboard} onPress={send} />}
    </div>
  );
}

function Context({ mode, onClose }) {
  return (
    <div class="context">
      <Icon name={mode.kind} />
      <div>
        <b>{mode.kind === "edit" ? t("editing") : t("reply_to", { name: mode.message.name })}</b>
        <span>{mode.message.text || mode.message.document?.name || t("photo")}</span>
      </div>
      <IconButton icon="close" size={20} label={t("cancel")} onClick={onClose} />
    </div>
  );
}

function Attached({ file, onClose }) {
  return (
    <div class="context">
      <Icon name={file.kind === "photo" ? "photo" : "file"} />
      <div><b>{file.blob.name}</b><span>{t(file.kind)} · {formatSize(file.blob.size)}</span></div>
      <IconButton icon="close" size={20} label={t("cancel")} onClick={onClose} />
    </div>
  );
}

function AttachMenu({ person, onFile }) {
  const input = useRef(null);
  const choose = (kind, accept) => {
    input.current.accept = accept;
    input.current.dataset.kind = kind;
    input.current.value = "";
    input.current.click();
  };
  return (
    <>
      <Menu icon="attach" up label={t("attach")} items={[
        { text: t("document"), icon: "file", act: () => choose("document", "") },
        { text: t("photo"), icon: "photo", act: () => choose("photo", "image/*") },
      ]} />
      <input type="file" ref={input} hidden aria-label={t("file_of", { name: person.name })} tabIndex={-1}
        onChange={(event) => event.currentTarget.files[0] && onFile(event.currentTarget.files[0], event.currentTarget.dataset.kind ?? "document")} />
    </>
  );
}

function ReplyKeyboard({ keyboard, onPress }) {
  const rows = keyboard.keyboard ?? keyboard.buttons ?? keyboard;
  return (
    <div class="reply-keyboard">
      {rows.map((row, place) => (
        <div class="buttons" key={place}>
          {row.map((button, column) => {
            const label = button.text ?? button;
            return <button type="button" key={column} onClick={() => onPress(label)}>{label}</button>;
          })}
        </div>
      ))}
    </div>
  );
}

/** The list above the composer: commands after "/", or results after "@bot ..."; the composer keeps the focus. */
function useSuggestions({ text, commands, person, chat, onWrite }) {
  const [selected, select] = useState(-1);
  const username = bot.value.username;
  const inline = inlineQuery(text, username);
  const id = `suggestions-${chat.key}`;
  useEffect(() => {
    if (inline === null) return undefined;
    const timer = setTimeout(() => act("inline", { person: person.id, query: inline.slice(0, 256) }), INLINE_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [inline]);
  const answer = inline === null ? null : inlineAnswers.value[person.id];
  const items = answer ? resultItems(answer, chat, person, onWrite) : commandItems(text, commands, chat, onWrite);
  const isOpen = items.length > 0;
  const onKeyDown = (event) => {
    if (!isOpen) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      select(selected < 0 && step < 0 ? items.length - 1 : (selected + step + items.length) % items.length);
    } else if (event.key === "Tab" && !event.shiftKey && !answer) {
      onWrite(items[Math.max(selected, 0)].name);
    } else if (event.key === "Enter" && (selected >= 0 || (items.length === 1 && !answer))) {
      items[Math.max(selected, 0)].act();
    } else if (event.key === "Escape") {
      onWrite("");
    } else {
      return false;
    }
    event.preventDefault();
    return true;
  };
  const element = isOpen && (
    <ul class="suggestions" role="listbox" id={id} aria-label={answer ? t("results") : t("commands")}>
      {items.map((item, place) => (
        <li role="option" key={item.id} id={`${id}-${place}`} aria-selected={place === selected}
          ref={(row) => place === selected && row?.scrollIntoView({ block: "nearest" })}
          onPointerDown={(event) => { event.preventDefault(); item.act(); }}>
          <b>{item.title}</b><span>{item.description}</span>
        </li>
      ))}
    </ul>
  );
  const aria = isOpen
    ? { "aria-controls": id, "aria-autocomplete": "list", "aria-activedescendant": selected >= 0 ? `${id}-${selected}` : undefined }
    : {};
  return { element, aria, onKeyDown, select };
}

function commandItems(text, commands, chat, onWrite) {
  if (!/^\/\S*$/.test(text)) return [];
  return commands.filter(({ command }) => `/${command}`.startsWith(text.toLowerCase())).map(({ command, description }) => ({
    id: command, title: `/${command}`, name: `/${command} `, description,
    act: () => { onWrite(""); act("write", { key: chat.key, text: `/${command}` }); },
  }));
}

function resultItems(answer, chat, person, onWrite) {
  return answer.results.map((result) => ({
    id: result.id, title: result.title, description: result.description,
    act: () => {
      onWrite("");
      act("choose", { key: chat.key, person: person.id, query_id: answer.query_id, result_id: result.id });
    },
  }));
}

function inlineQuery(text, username) {
  const match = username && /^@(\w+) (.*)$/s.exec(text);
  return match && match[1].toLowerCase() === username.toLowerCase() ? match[2] : null;
}

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
