// A text with Bot API entities as elements. Offsets count UTF-16 units, as strings do here. Texts are never HTML.

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};
const SAFE_LINK = /^(https?:|mailto:|tel:)/i;

/** Elements of a text; `onCommand(text)` and `onDeepLink(payload)` are called for commands and links to the bot. */
export function RichText({ text, entities, username, onCommand, onDeepLink }) {
  const sorted = [...(entities ?? [])].sort((one, other) => one.offset - other.offset || other.length - one.length);
  return render(text, 0, text.length, sorted, { username, onCommand, onDeepLink });
}

function render(text, start, end, entities, context) {
  const parts = [];
  let place = start;
  for (let index = 0; index < entities.length; index += 1) {
    const entity = entities[index];
    const [from, to] = [entity.offset, Math.min(entity.offset + entity.length, end)];
    if (from < place || to <= from) continue; // inside one that was rendered, or outside this part
    const inner = entities.slice(index + 1).filter((other) => other.offset < to);
    if (from > place) parts.push(text.slice(place, from));
    parts.push(element(entity, text.slice(from, to), render(text, from, to, inner, context), context));
    place = to;
  }
  if (place < end) parts.push(text.slice(place, end));
  return parts;
}

function element(entity, raw, children, context) {
  if (TAGS[entity.type]) {
    const Tag = TAGS[entity.type];
    return <Tag>{children}</Tag>;
  }
  if (entity.type === "spoiler") return <Spoiler>{children}</Spoiler>;
  if (entity.type === "bot_command") {
    return <button type="button" class="link" onClick={() => context.onCommand?.(raw)}>{children}</button>;
  }
  const address = addressOf(entity, raw);
  return address ? <Link address={address} context={context}>{children}</Link> : <span>{children}</span>;
}

function addressOf(entity, raw) {
  if (entity.type === "text_link") return entity.url;
  if (entity.type === "url") return /^[a-z]+:/i.test(raw) ? raw : `https://${raw}`;
  if (entity.type === "email") return `mailto:${raw}`;
  if (entity.type === "phone_number") return `tel:${raw.replace(/[^+\d]/g, "")}`;
  return null;
}

/** A link out of the page, or into the chat where it is one to the bot. */
export function Link({ address, context = {}, children, ...rest }) {
  const payload = deepLink(address, context.username);
  if (payload !== null && context.onDeepLink) {
    return <button type="button" class="link" onClick={() => context.onDeepLink(payload)} {...rest}>{children}</button>;
  }
  if (!SAFE_LINK.test(address)) return <span {...rest}>{children}</span>;
  return <a href={address} target="_blank" rel="noopener noreferrer" {...rest}>{children}</a>;
}

/** The payload of a link to the bot ("" for one without); null for any other link. */
export function deepLink(address, username) {
  const match = /^(?:https:\/\/t\.me\/|tg:\/\/resolve\?domain=)([A-Za-z0-9_]+)(?:[?&]start=([A-Za-z0-9_-]*))?$/.exec(address);
  return match && match[1].toLowerCase() === username?.toLowerCase() ? (match[2] ?? "") : null;
}

function Spoiler({ children }) {
  const reveal = (event) => event.key !== "Tab" && event.currentTarget.classList.add("revealed");
  return <span class="spoiler" role="button" tabIndex={0} onClick={reveal} onKeyDown={reveal}>{children}</span>;
}
