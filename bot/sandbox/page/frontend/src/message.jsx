// One message: bubble, photo, document, quote, buttons and what can be done with it.
import { Component } from "preact";
import { Link, RichText } from "./entities.jsx";
import { Icon, IconButton } from "./icons.jsx";
import { formatSize, formatTime, t } from "./words.js";

/** Drawn again only if the message or what stands around it changed. */
export class Message extends Component {
  shouldComponentUpdate(next) {
    return ["message", "isLast", "quoted", "pressed", "language"].some((name) => next[name] !== this.props[name]);
  }

  render({ message, isLast, isGroup, quoted, pressed, username, on }) {
    const hasName = isGroup && !message.out;
    return (
      <div class={`message ${message.out ? "out" : "in"} ${isLast ? "last" : ""}`} id={on.idOf(message.id)}>
        <div class="row">
          <div class={`bubble ${message.photo ? "with-photo" : ""} ${message.text ? "" : "without-text"}`}>
            {hasName ? <div class="name">{message.name}</div> : <span class="unseen">{message.name}: </span>}
            {message.forward && <div class="note">{t("forwarded")}</div>}
            {message.via_inline && <div class="note">{t("via", { name: `@${username}` })}</div>}
            {quoted && <Quote message={quoted} onClick={() => on.jump(quoted.id)} />}
            {message.photo && <Photo id={message.photo} />}
            {message.document && <Document document={message.document} />}
            <div class="text" dir="auto">
              <RichText text={message.text ?? ""} entities={message.entities} username={username}
                onCommand={on.command} onDeepLink={on.start} />
              <Meta message={message} />
            </div>
          </div>
          <div class="actions">
            <IconButton icon="reply" size={18} label={t("reply")} onClick={() => on.reply(message)} />
            {message.out && !message.document && !message.photo && !message.via_inline && (
              <IconButton icon="edit" size={18} label={t("edit")} onClick={() => on.edit(message)} />
            )}
          </div>
        </div>
        {message.buttons?.length > 0 && (
          <Buttons rows={message.buttons} pressed={pressed} username={username} on={on}
            onPress={(row, column) => on.press(message, row, column)} />
        )}
      </div>
    );
  }
}

function Meta({ message }) {
  return (
    <span class="meta">
      {message.edited ? <span>{t("edited")} </span> : null}
      <time dateTime={new Date(message.date * 1000).toISOString()}>{formatTime(message.date)}</time>
      {message.out && <Icon name="checks" size={17} />}
    </span>
  );
}

function Quote({ message, onClick }) {
  const text = message.text || message.document?.name || t("photo");
  return (
    <button type="button" class="quote" onClick={onClick}>
      <b>{message.name}</b>
      <span>{text.slice(0, 160)}</span>
    </button>
  );
}

function Photo({ id }) {
  return (
    <a class="photo" href={`/file/${encodeURIComponent(id)}`} target="_blank" rel="noopener">
      <img src={`/file/${encodeURIComponent(id)}`} alt={t("photo")} loading="lazy" />
    </a>
  );
}

function Document({ document }) {
  return (
    <a class="document" href={`/file/${encodeURIComponent(document.id)}`} download={document.name}>
      <span class="sheet"><Icon name="file" size={26} /></span>
      <span class="about">
        <b>{document.name}</b>
        <span>{[document.size && formatSize(document.size), t("download")].filter(Boolean).join(" · ")}</span>
      </span>
    </a>
  );
}

function Buttons({ rows, pressed, username, on, onPress }) {
  return (
    <div class="inline-keyboard">
      {rows.map((row, place) => (
        <div class="buttons" key={place}>
          {row.map((button, column) => button.url ? (
            <Link class="inline-button" key={column} address={button.url} context={{ username, onDeepLink: on.start }}>
              {button.text}<span class="arrow" aria-hidden="true">↗</span>
            </Link>
          ) : (
            <button type="button" class="inline-button" key={column} onClick={() => onPress(place, column)}
              aria-busy={pressed === `${place}:${column}`}>
              {button.text}
            </button>
          ))}
        </div>
      ))}
    </div>
  );
}
