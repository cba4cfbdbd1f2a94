// The list of people and their chats, the simulated subscribers, and the window to add a person.
import { useRef, useState } from "preact/hooks";
import { Avatar, Icon } from "./icons.jsx";
import { act, chats, people, personById, subscribers } from "./store.js";
import { current, panel, show, shown, isNarrow } from "./view.js";
import { formatNumber, formatTime, LANGUAGES, t } from "./words.js";

const ROLES = ["citizen", "staff", "admin"];

export function PeopleList() {
  const dialog = useRef(null);
  const all = [...chats.value.values()].map((chat) => chat.value);
  const visible = shown();
  return (
    <nav class="people" aria-label={t("people")}>
      <div class="people-scroll">
        {ROLES.map((role) => (
          <section key={role}>
            <h2>{t(`roles_${role}`)}</h2>
            <ul>
              {all.filter((chat) => chat.type === "private" && personById.value.get(chat.person)?.role === role)
                .map((chat) => <Entry key={chat.key} chat={chat} isShown={visible.includes(chat.key)} />)}
            </ul>
          </section>
        ))}
        <section>
          <h2>{t("group")}</h2>
          <ul>{all.filter((chat) => chat.type !== "private").map((chat) => <Entry key={chat.key} chat={chat} isShown={visible.includes(chat.key)} />)}</ul>
        </section>
      </div>
      <Subscribers />
      <button type="button" class="add-person" onClick={() => dialog.current.showModal()}>
        <Icon name="add" size={20} />{t("add_person")}
      </button>
      <AddPerson dialog={dialog} />
    </nav>
  );
}

function Entry({ chat, isShown }) {
  const person = personById.value.get(chat.person);
  const last = chat.messages.at(-1);
  const isGroup = chat.type !== "private";
  const open = () => { if (isNarrow()) panel.value = ""; show(chat.key); };
  const state = person.blocked && !isGroup ? t("blocked") : null;
  return (
    <li>
      <button type="button" class={`entry ${isShown ? "shown" : ""}`} aria-current={current.value === chat.key} onClick={open}>
        <Avatar name={isGroup ? chat.title : person.name} seed={isGroup ? chat.chat : person.id} />
        <span class="entry-name">{isGroup ? t("group_of", { name: person.name }) : person.name}</span>
        <time>{last ? formatTime(last.date) : ""}</time>
        <span class="entry-last">{state ?? (last ? preview(last) : LANGUAGES[person.language])}</span>
        {chat.unread > 0 && <span class="unread" aria-label={t("unread", { count: chat.unread })}>{chat.unread}</span>}
      </button>
    </li>
  );
}

function preview(message) {
  const text = message.text?.slice(0, 80) || message.document?.name || (message.photo ? t("photo") : "");
  return message.out ? `${t("you")}: ${text}` : text;
}

function Subscribers() {
  const { total, received, twice, failed, joining } = subscribers.value;
  return (
    <section class="subscribers" aria-label={t("subscribers")}>
      <p><Icon name="people" size={20} /><b>{t("subscribers")}</b><span>{formatNumber(total)}</span></p>
      {total > 0 && <Progress value={received} of={total} label={t("received_by", { received: formatNumber(received), total: formatNumber(total) })} />}
      {twice > 0 && <p class="note">{t("twice", { twice: formatNumber(twice) })}</p>}
      {failed > 0 && <p class="note">{t("not_received", { failed: formatNumber(failed) })}</p>}
      {joining > 0 && <p class="note" role="status">{t("joining", { joining: formatNumber(joining) })}</p>}
      {total === 0 && !joining && <button type="button" class="quiet" onClick={() => act("subscribers", { count: 500 })}>{t("add_subscribers")}</button>}
    </section>
  );
}

export function Progress({ value, of, label }) {
  return (
    <div class="progress">
      <progress value={value} max={of || 1} aria-label={label} />
      <span>{label}</span>
    </div>
  );
}

function AddPerson({ dialog }) {
  const [isBusy, setBusy] = useState(false);
  const add = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    setBusy(true);
    const person = await act("add_person", Object.fromEntries(new FormData(form)));
    setBusy(false);
    dialog.current.close();
    form.reset();
    if (person?.id) show(`${person.id}:${person.id}`);
  };
  return (
    <dialog class="dialog" ref={dialog} aria-labelledby="add-title">
      <form onSubmit={add}>
        <h2 id="add-title">{t("add_person")}</h2>
        <label>{t("name")}<input name="name" required maxLength={60} autocomplete="off" /></label>
        <label>{t("language")}
          <select name="language">{Object.entries(LANGUAGES).map(([code, name]) => <option key={code} value={code}>{name}</option>)}</select>
        </label>
        <label>{t("role")}
          <select name="role">{ROLES.map((role) => <option key={role} value={role}>{t(`role_${role}`)}</option>)}</select>
        </label>
        <div class="dialog-buttons">
          <button type="button" class="quiet" onClick={() => dialog.current.close()}>{t("cancel")}</button>
          <button class="primary" disabled={isBusy}>{t("add")}</button>
        </div>
      </form>
    </dialog>
  );
}
