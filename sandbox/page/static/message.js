// One message on a phone's screen, and the keys that a bot draws: text only, never markup.

import { icon, keep, make } from "./dom.js";
import { hours, say } from "./words.js";

const SAFE = /^(https?:\/\/|tel:|mailto:)/i;

// Text with its bold and italic parts; offsets are UTF-16 units, as JavaScript counts too.
function styled(text, spans) {
  const cuts = [...new Set([0, text.length, ...spans.flatMap((span) => [span.offset, span.offset + span.length])])]
    .filter((cut) => cut >= 0 && cut <= text.length)
    .sort((one, other) => one - other);
  return cuts.slice(0, -1).map((from, place) => {
    let piece = document.createTextNode(text.slice(from, cuts[place + 1]));
    for (const [type, tag] of [["bold", "b"], ["italic", "i"]]) {
      const within = (span) => span.type === type && span.offset <= from && from < span.offset + span.length;
      if (spans.some(within)) piece = make(tag, {}, piece);
    }
    return piece;
  });
}

// What came with a message; a file that the phone has can be seen, or opened (in a tab, from the page's own server).
function attachment({ kind, file, id }, language, files) {
  if (kind === "text" || kind === "service") return [];
  if (file && kind === "photo") {
    return [make("a", { class: "attached seen", href: files(id), target: "_blank", rel: "noopener" },
      make("img", { src: files(id), alt: say("photo", language) }))];
  }
  if (file) {
    return [make("a", { class: "attached document", href: files(id), target: "_blank", rel: "noopener" }, icon("document"),
      make("span", {}, make("b", { text: file.name }), make("small", { text: weight(file.size) })))];
  }
  const box = make("div", { class: `attached ${kind}` }, icon(kind === "voice" ? "play" : kind));
  if (kind === "voice") {
    const wave = [5, 9, 14, 8, 17, 11, 20, 13, 7, 15, 10, 18, 9, 13, 6, 10, 5];
    box.append(make("span", { class: "wave", "aria-hidden": "true" }, ...wave.map((height) => {
      const bar = make("i");
      bar.style.height = `${height}px`;
      return bar;
    })));
  }
  box.append(make("span", { class: kind === "document" ? "" : "unseen", text: say(kind, language) }));
  return [box];
}

const weight = (bytes) => bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;

// A new message's element; fillMessage puts its content in, and again whenever the bot edits it.
export function newMessage(message) {
  if (message.kind === "service") return make("div", { class: "service" }, make("span"));
  return make("div", { class: `message ${message.mine ? "mine" : "theirs"} ${message.kind}` },
    make("div", { class: "bubble" }), make("div", { class: "keys inline" }));
}

export function fillMessage(element, message, language, press, files) {
  if (message.kind === "service") {
    element.firstChild.textContent = message.text;
    return;
  }
  const [bubble, keys] = element.children;
  bubble.replaceChildren(
    make("span", { class: "unseen", text: say(message.mine ? "you_say" : "bot_says", language) + " " }),
    ...attachment(message, language, files),
    ...(message.text && message.text !== message.file?.name ? [make("span", { class: "words" }, ...styled(message.text, message.spans ?? []))] : []),
    make("span", { class: "stamp", text: (message.edited ? say("edited", language) + " " : "") + hours(message.at) }),
  );
  fillKeys(keys, message.keys ?? [], press);
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
