// One message on a phone's screen, and the keys that a bot draws: text only, never markup.

import { icon, keep, make } from "./dom.js";
import { newPictures, newVoice } from "./media.js";
import { hours, say } from "./words.js";

const SAFE = /^(https?:\/\/|tel:|mailto:)/i;

const STYLES = [["bold", "b"], ["italic", "i"], ["strikethrough", "s"], ["code", "code"]];

// Text with its styled parts; offsets are UTF-16 units, as JavaScript counts too.
function styled(text, spans) {
  const cuts = [...new Set([0, text.length, ...spans.flatMap((span) => [span.offset, span.offset + span.length])])]
    .filter((cut) => cut >= 0 && cut <= text.length)
    .sort((one, other) => one - other);
  return cuts.slice(0, -1).map((from, place) => {
    let piece = document.createTextNode(text.slice(from, cuts[place + 1]));
    for (const [type, tag] of STYLES) {
      const within = (span) => span.type === type && span.offset <= from && from < span.offset + span.length;
      if (spans.some(within)) piece = make(tag, {}, piece);
    }
    return piece;
  });
}

// What came with a message; a file that the phone has can be seen, heard, or opened (in a tab, from the page's own server).
function attachment(message, language, files) {
  const { kind, file, id, items, seconds } = message;
  if (kind === "text" || kind === "service") return [];
  if (kind === "album" || kind === "photo" || kind === "video") {
    const pictures = (items ?? [message]).map((one) => ({ kind: one.kind, seconds: one.seconds, src: one.file ? files(one.id) : null }));
    if (pictures[0].src || items || kind === "video") return [newPictures(pictures, language)];
  }
  if (kind === "voice") return [newVoice({ src: file ? files(id) : null, seconds }, language, () => paper(file, files(id)))];
  if (file && kind === "document") return [paper(file, files(id))];
  return [make("div", { class: `attached ${kind}` }, icon(kind), make("span", { class: kind === "document" ? "" : "unseen", text: say(kind, language) }))];
}

const paper = (file, href) => make("a", { class: "attached document", href, target: "_blank", rel: "noopener" }, icon("document"),
  make("span", {}, make("b", { text: file.name }), make("small", { text: weight(file.size) })));

const weight = (bytes) => bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;

// What of an album is shown as one: its photos and videos, which follow one another.
export function gathered(messages) {
  const items = [];
  for (const message of messages) {
    const last = items.at(-1);
    const pictured = message.group && (message.kind === "photo" || message.kind === "video");
    if (!pictured || last?.group !== message.group || last.kind === "document") items.push(message);
    else if (last.kind === "album") last.items.push(message);
    else items[items.length - 1] = { ...last, kind: "album", items: [last, message] };
  }
  return items.map((item) => item.kind === "album" ? { ...item, ...wordsOf(item.items), edited: item.items.some((one) => one.edited) } : item);
}

function wordsOf(items) {
  const { text, spans } = items.find((one) => one.text) ?? items[0];
  return { text, spans };
}

// A new message's element; fillMessage puts its content in, and again whenever the bot edits it.
export function newMessage(message) {
  if (message.kind === "service") return make("div", { class: "service" }, make("span"));
  return make("div", { class: `message ${message.mine ? "mine" : "theirs"} ${message.kind}` },
    make("div", { class: "bubble" }), make("div", { class: "keys inline" }));
}

// press(token), files(id): what a key does, where a file is. answer(message): begins a reply; null where there are none.
export function fillMessage(element, message, language, { press, files, answer }) {
  if (message.kind === "service") {
    element.firstChild.textContent = message.text;
    return;
  }
  const [bubble, keys] = element.children;
  const attached = attachment(message, language, files);
  const words = message.text && message.text !== message.file?.name;
  element.classList.toggle("pictured", attached.some((part) => part.matches(".seen, .mosaic, .film")));
  element.classList.toggle("wordless", !words);
  bubble.replaceChildren(
    make("span", { class: "unseen", text: say(message.mine ? "you_say" : "bot_says", language) + " " }),
    ...(message.reply ? [make("span", { class: "quote", text: message.reply.text || say(message.reply.kind, language) })] : []),
    ...attached,
    ...(words ? [make("span", { class: "words" }, ...styled(message.text, message.spans ?? []))] : []),
    make("span", { class: "stamp", text: (message.edited ? say("edited", language) + " " : "") + hours(message.at) }),
  );
  fillKeys(keys, message.keys ?? [], press);
  element.querySelector(".answer")?.remove();
  if (answer && !message.mine) offerAnswer(element, bubble, message, language, answer);
}

// A press on a bubble of the bot's offers to reply; with the keyboard, the button is there without a press.
function offerAnswer(element, bubble, message, language, answer) {
  const about = message.text || say(message.kind === "album" ? "photo" : message.kind, language);
  const reply = make("button", { type: "button", "aria-label": `${say("answer", language)}: ${about.slice(0, 60)}`,
    click: () => { element.classList.remove("offered"); answer(message, about); } }, icon("answer"), make("span", { text: say("answer", language) }));
  element.append(make("div", { class: "answer" }, reply));
  bubble.onclick = (event) => {
    if (event.target.closest("a, button, video, audio") || !getSelection().isCollapsed) return;
    const offered = element.classList.contains("offered");
    for (const other of element.parentElement.querySelectorAll(".offered")) other.classList.remove("offered");
    element.classList.toggle("offered", !offered);
  };
}

// Rows of keys. A key keeps its element by its place, so that an edited card does not take the focus away.
export function fillKeys(box, rows, press) {
  box.hidden = !rows.length;
  keep(box, rows, (_row, place) => place, () => make("div", { class: "row" }), (row, keys) => {
    keep(row, keys, (key, place) => `${shape(key)} ${place}`, (key) => newKey(key, press), fillKey);
  });
}

const shape = (key) => key.inert ? "label" : key.url && SAFE.test(key.url) ? "link" : "button";

function newKey(key, press) {
  const words = make("span");
  if (shape(key) === "label") return make("span", { class: "key inert" }, words);
  if (shape(key) === "link") {
    return make("a", { class: "key", target: "_blank", rel: "noopener noreferrer" }, words, icon("open"));
  }
  const button = make("button", { class: "key", type: "button" }, words);
  button.addEventListener("click", () => press(button.dataset.token));
  return button;
}

function fillKey(element, key) {
  element.firstChild.textContent = key.label;
  element.dataset.token = key.token;
  element.dataset.style = key.style ?? "";
  if (element.tagName === "A") element.href = key.url;
  element.style.setProperty("--columns", key.columns ?? 6);
  element.style.setProperty("--rows", key.rows ?? 1);
  const painted = /^#[0-9a-f]{6}$/i.test(key.colour ?? "");
  element.style.backgroundColor = painted ? key.colour : "";
  element.style.color = painted ? ink(key.colour) : "";
}

// Black or white, whichever reads better on that colour (WCAG's relative luminance).
function ink(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#111111" : "#ffffff";
}
