// One person's chat: header, messages, composer.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Composer } from "./composer.jsx";
import { Avatar, Icon, IconButton } from "./icons.jsx";
import { Menu } from "./menu.jsx";
import { Message } from "./message.jsx";
import { act, bot, chats, notices, personById, profiles, typing } from "./store.js";
import { close, current, isNarrow, use } from "./view.js";
import { formatDay, language, LANGUAGES, t } from "./words.js";

const PAGE = 150; // messages drawn at once
const NEAR_END_PX = 90;

export function Chat({ chatKey }) {
  const chat = chats.value.get(chatKey).value;
  const person = personById.value.get(chat.person);
  const [mode, setMode] = useState(null); // {kind: "reply" | "edit", message}
  const [drop, setDrop] = useState(null); // a file that was dropped on the chat
  const [isOver, setOver] = useState(false);
  if (!person) return null;
  const write = (text) => act("write", { key: chatKey, text });
  const on = {
    idOf: (id) => `${chatKey}-${id}`,
    jump: (id) => flash(document.getElementById(`${chatKey}-${id}`)),
    command: write,
    start: (payload) => act("start", { key: chatKey, payload }),
    reply: (message) => setMode({ kind: "reply", message }),
    edit: (message) => setMode({ kind: "edit", message }),
  };
  return (
    <section data-chat={chatKey} class={`chat ${current.value === chatKey ? "current" : ""} ${isOver ? "over" : ""}`}
      aria-label={chat.type === "group" ? t("chat_in_group", { name: person.name, title: chat.title }) : t("chat_of", { name: person.name })}
      onFocusIn={() => current.value !== chatKey && use(chatKey)} onPointerDown={() => use(chatKey)}
      onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}
      onDrop={(event) => { event.preventDefault(); setOver(false); setDrop(event.dataTransfer.files[0] ?? null); }}>
      <Header chat={chat} person={person} />
      <Messages chat={chat} on={on} />
      <Notice person={person.id} />
      <Foot chat={chat} person={person} mode={mode} setMode={setMode} drop={drop} setDrop={setDrop} />
    </section>
  );
}

function flash(element) {
  element?.scrollIntoView({ block: "center", behavior: "smooth" });
  element?.classList.add("flash");
  setTimeout(() => element?.classList.remove("flash"), 1200);
}

function Header({ chat, person }) {
  const isGroup = chat.type === "group";
  const items = [
    !isGroup && (person.blocked
      ? { text: t("unblock"), act: () => act("block", { person: person.id, blocked: false }) }
      : { text: t("block"), act: () => act("block", { person: person.id, blocked: true }) }),
    { text: t("close_chat"), act: () => close(chat.key) },
  ].filter(Boolean);
  return (
    <header class="chat-header">
      {isNarrow() && <IconButton icon="back" label={t("back")} onClick={() => { current.value = ""; }} />}
      <Avatar name={isGroup ? chat.title : person.name} seed={isGroup ? chat.chat : person.id} size={40} />
      <div class="who">
        <h2>{isGroup ? chat.title : person.name}</h2>
        <p>{typing.value.has(chat.chat) ? t("typing") : isGroup ? t("seen_by", { name: person.name }) : `${t(`role_${person.role}`)} · ${LANGUAGES[person.language] ?? person.language}`}</p>
      </div>
      <Menu icon="more" label={t("more_of", { name: person.name })} items={items} />
    </header>
  );
}

function Messages({ chat, on }) {
  const list = useRef(null);
  const atEnd = useRef(true);
  const drawnWidth = useRef(0);
  const [pages, setPages] = useState(1);
  const [hasMore, setMore] = useState(false);
  const [pressed, setPressed] = useState({});
  const { messages } = chat;
  const last = messages.at(-1);
  const toEnd = () => { list.current.scrollTop = list.current.scrollHeight; };
  useLayoutEffect(() => {
    if (atEnd.current || last?.out) toEnd();
    else setMore(true);
  }, [messages]);
  useLayoutEffect(() => { // a chat that gets narrower stays at its end
    const observer = new ResizeObserver(() => {
      drawnWidth.current = list.current.clientWidth;
      if (atEnd.current) toEnd();
    });
    observer.observe(list.current);
    return () => observer.disconnect();
  }, []);
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight, clientWidth } = list.current;
    if (clientWidth !== drawnWidth.current) return; // the browser moved it for the new line breaks
    atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (atEnd.current) setMore(false);
  };
  const press = async (message, row, column) => {
    setPressed({ [message.id]: `${row}:${column}` });
    await act("press", { key: chat.key, message: message.id, row, column });
    setPressed({});
  };
  const first = Math.max(0, messages.length - PAGE * pages);
  const byId = new Map(messages.map((message) => [message.id, message]));
  return (
    <div class="scroller">
      <div class="messages" ref={list} onScroll={onScroll} onLoadCapture={() => atEnd.current && toEnd()} role="log" tabIndex={0} aria-label={t("messages")}>
        {messages.length === 0 && <Empty description={profiles.value[chat.person]?.description} />}
        {first > 0 && <button type="button" class="earlier" onClick={() => setPages(pages + 1)}>{t("earlier")}</button>}
        {messages.slice(first).map((message, place) => {
          const [before, next] = [messages[first + place - 1], messages[first + place + 1]];
          return [
            dayOf(before) !== dayOf(message) && <div class="day" key={`day-${message.id}`}><span>{formatDay(message.date)}</span></div>,
            <Message key={message.id} message={message} isGroup={chat.type === "group"} username={bot.value.username}
              isLast={next?.from !== message.from} quoted={byId.get(message.reply_to)} pressed={pressed[message.id]}
              language={language.value} on={{ ...on, press }} />,
          ];
        })}
      </div>
      {hasMore && <IconButton icon="down" class="to-end" label={t("to_end")} onClick={toEnd} />}
    </div>
  );
}

/** What Telegram shows before a person has pressed Start. */
function Empty({ description }) {
  if (!description) return <p class="empty">{t("empty_chat")}</p>;
  return <div class="description"><b>{t("what_it_does")}</b><p>{description}</p></div>;
}

const dayOf = (message) => message && new Date(message.date * 1000).toDateString();

function Notice({ person }) {
  const notice = notices.value[person];
  return <div class="notice" role="status">{notice?.text ? <span>{notice.text}</span> : null}</div>;
}

function Foot({ chat, person, ...rest }) {
  const isPrivate = chat.type === "private";
  if (isPrivate && person.blocked) {
    return <BigButton text={t("unblock")} onClick={() => act("block", { person: person.id, blocked: false })} />;
  }
  if (isPrivate && !person.started && chat.messages.length === 0) {
    return <BigButton text={t("start")} onClick={() => act("start", { key: chat.key })} />;
  }
  return <Composer chat={chat} person={person} commands={isPrivate ? (profiles.value[person.id]?.commands ?? []) : []} {...rest} />;
}

function BigButton({ text, onClick }) {
  return <div class="foot"><button type="button" class="big-button" onClick={onClick}>{text}</button></div>;
}
