// One phone: its look, its conversation, and what its owner can do with it.

import { bytesOf, icon, keep, make, opens } from "./dom.js";
import { newGallery } from "./gallery.js";
import { fillKeys, fillMessage, gathered, newMessage } from "./message.js";
import { day, hours, say } from "./words.js";

export const MESSENGERS = { telegram: "Telegram", viber: "Viber" };
const FILE_BYTES = 12 * 2 ** 20;  // as in media.py
const ALBUM = 10;
const THINGS = ["photo", "voice", "sticker", "document", "forward"];

// «Ігор, тато Олі» on two lines.
export function nameAndRole({ caption, language }) {
  const [name, ...role] = caption.split(", ");
  return [make("span", { class: "name", text: name, lang: language }), make("span", { class: "role", text: role.join(", "), lang: language })];
}

// about: one of the page's phones; bot: the bot's name; samples: pictures that can be sent; act(verb, order) tells the server and resolves to
// whether it was done; noticed() is called when a message arrives.
export function newPhone(about, bot, samples, act, noticed) {
  const viber = about.platform === "viber";
  const my = (key) => say(key, about.language);
  const own = (key) => (viber ? `${key}_viber` : key);
  const ours = (key) => my(own(key));
  const id = `phone-${about.platform}-${about.address}`.replace(/[^\w-]/g, "_");
  const button = (name, label, traits = {}) => make("button", { type: "button", "aria-label": label, ...traits }, icon(name));
  const choice = (name, label, click) => make("button", { type: "button", click }, icon(name), make("span", { text: label }));

  // head
  const more = button("more", my("more"), { class: "round" });
  const moreBox = make("div", { class: "menu below" },
    choice("link", my("open_link"), () => { inviting = true; settle(); payload.focus(); }),
    choice("block", ours("block"), () => act("blocks")));
  const status = make("time");
  const head = make("div", { class: "head" },
    make("span", { class: "avatar", "aria-hidden": "true" }, icon("logo")),
    make("div", { class: "who" }, make("b", { text: bot }), make("span", { text: my("bot") })), more, moreBox);

  // conversation
  const log = make("div", {
    class: "log", role: "log", tabindex: "0", "aria-live": "polite", "aria-busy": "true", id: `${id}-log`,
    "aria-label": `${my("conversation")}: ${about.caption}, ${MESSENGERS[about.platform]}`,
  });
  const toast = make("p", { class: "toast", role: "status" });
  const screen = make("div", { class: "screen" }, log, toast);
  const keyboard = make("div", { class: "keys keyboard", role: "group", "aria-label": my("keys"), hidden: true });

  // what is at the bottom: a place to type, or a door to open
  const input = make("textarea", { rows: "1", maxlength: "8000", placeholder: my("message"), "aria-label": my("message"),
    name: `${id}-text`, autocomplete: "off", enterkeyhint: "send" });
  const attach = button("plus", my("attach"), { class: "round" });
  const doings = { photo: () => gallery.open(), document: () => file.click() };
  const gallery = newGallery(samples, about.language, {
    send: (items) => submit("sends_media", (caption) => ({ items, caption })),
    own: sendOwn,
    closed: () => attach.focus({ preventScroll: true }),
  });
  const attachBox = make("div", { class: "menu above" }, ...THINGS.map((kind) =>
    choice(kind, my(kind === "photo" ? "photos" : kind), doings[kind] ?? (() => submit("sends", (text) => ({ kind, text }))))));
  const file = make("input", { type: "file", hidden: true, "aria-label": my("document"), name: `${id}-file` });
  const commands = make("button", { type: "button", class: "commands" }, icon("menu"), make("span", { text: my("commands") }));
  const commandsBox = make("div", { class: "menu above" });
  const composer = make("form", { class: "composer" }, commands, commandsBox, attach, attachBox, file, input,
    make("button", { class: "round send", "aria-label": my("send") }, icon("send")));
  const answered = make("span");
  const answering = make("div", { class: "answering", hidden: true }, icon("answer"),
    make("span", {}, make("b", { text: my("answering") }), answered),
    button("close", my("cancel"), { class: "round", click: () => { answers(null); input.focus(); } }));
  const payload = make("input", { type: "text", placeholder: my("invitation"), "aria-label": my("invitation"),
    autocomplete: "off", name: `${id}-payload` });
  const cancel = make("button", { type: "button", class: "plain", text: my("cancel"), click: () => { inviting = false; settle(); } });
  const door = make("form", { class: "door" }, payload, make("button", { class: "wide", text: ours("begin") }), cancel);
  const wall = make("div", { class: "door" }, make("p", { text: ours("blocked") }),
    make("button", { type: "button", class: "wide", text: ours("unblock"), click: () => act("unblocks") }));

  const device = make("div", { class: `device ${about.platform}`, lang: about.language },
    make("div", { class: "bar", "aria-hidden": "true" }, status, make("i", { class: "island" }), make("i", { class: "battery" })),
    head, screen, keyboard, answering, composer, gallery.root, door, wall);
  const root = make("section", { class: "phone", id, "aria-labelledby": `${id}-caption` },
    make("div", { class: "caption", id: `${id}-caption` },
      make("h2", { "aria-label": about.caption }, ...nameAndRole(about)), make("span", { class: `badge ${about.platform}`, text: MESSENGERS[about.platform] })),
    device);

  let view = null;
  let inviting = false;
  let atEnd = true;
  let toastTimer = 0;
  let answer = null;

  opens(more, moreBox);
  opens(attach, attachBox);
  opens(commands, commandsBox);

  // What was typed leaves the field at once, and comes back if it could not be sent.
  async function submit(verb, order) {
    const typed = input.value;
    input.value = "";
    grow();
    if (!await act(verb, order(typed.trim())) && !input.value) input.value = typed;
    grow();
  }
  function grow() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 120)}px`;
  }
  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!input.value.trim()) return;
    const reply_to = answer?.id ?? null;
    answers(null);
    submit("says", (text) => ({ text, reply_to }));
  });
  // The message that is answered next; null for none.
  function answers(message, words = "") {
    answer = message;
    answering.hidden = !message;
    answered.textContent = words;
  }
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && answer) answers(null);
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    composer.requestSubmit();
  });
  input.addEventListener("input", grow);
  file.addEventListener("change", () => {
    const [chosen] = file.files;
    file.value = "";
    if (chosen && chosen.size > FILE_BYTES) pop(my("too_large"));
    else if (chosen) bytesOf(chosen).then((data) => act("sends_file", { name: chosen.name, mime: chosen.type, data }));
  });
  // Pictures of one's own, all together.
  async function sendOwn(chosen) {
    if (chosen.length > ALBUM) return pop(my("too_many"));
    if (chosen.reduce((sum, each) => sum + each.size, 0) > FILE_BYTES) return pop(my("too_large"));
    const items = await Promise.all(chosen.map(async (each) => ({ name: each.name, data: await bytesOf(each) })));
    return submit("sends_media", (caption) => ({ items, caption }));
  }
  door.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!await act("opens", { payload: payload.value.trim() })) return;
    payload.value = "";
    inviting = false;
    settle();
  });

  // The end of the conversation stays in sight, unless its reader has scrolled away from it.
  const toEnd = () => { log.scrollTop = log.scrollHeight; };
  let top = 0;
  let size = "";
  log.addEventListener("scroll", () => {
    const now = `${log.scrollHeight} ${log.clientHeight}`; // a keyboard or a picture scrolls too, its reader does not
    const away = log.scrollTop < top && now === size;
    atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80 || (atEnd && !away);
    top = log.scrollTop;
    size = now;
  });
  for (const grows of ["load", "loadedmetadata"]) log.addEventListener(grows, () => { if (atEnd) toEnd(); }, true); // a picture has come
  new ResizeObserver(() => { if (atEnd) toEnd(); }).observe(log);

  // The Tab key comes to the newest keys, reply and picture alone, and the arrows lead on to the older ones.
  const TABBED = [":is(button, a).key", ".answer button", ":is(.seen, .tile, .play, .sign, a.attached)"];
  const inlineKeys = () => [...log.querySelectorAll(TABBED.join(","))];
  function rove() {
    for (const sort of TABBED) {
      const keys = [...log.querySelectorAll(sort)];
      const newest = keys.at(-1)?.closest(".message");
      for (const key of keys) key.tabIndex = newest.contains(key) ? 0 : -1;
    }
  }
  log.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const keys = inlineKeys();
    const at = keys.indexOf(event.target);
    if (!step || at < 0) return;
    event.preventDefault();
    keys[at + step]?.focus();
  });

  const files = (id) => `file/${about.platform}/${encodeURIComponent(about.address)}/${id}`;
  const press = (key) => act("presses", { key });
  const tools = { press, files, answer: viber ? null : (message, words) => { answers(message, words); input.focus(); } };

  function settle() {
    const knocking = !view.started || inviting;
    wall.hidden = !view.blocked;
    door.hidden = view.blocked || !knocking;
    cancel.hidden = !view.started;
    composer.hidden = view.blocked || knocking;
    if (composer.hidden) answers(null);
    moreBox.children[1].hidden = view.blocked || !view.started;
  }

  function show(next) {
    const first = view === null;
    const known = new Set(first ? [] : view.messages.map((message) => message.id));
    const arrived = next.messages.some((message) => !known.has(message.id));
    const focused = root.contains(document.activeElement) ? document.activeElement : null;
    const end = atEnd || arrived;
    const toastChanged = next.toast && !first && next.toast !== view.toast;
    view = next;

    keep(log, withDays(gathered(view.messages), about.language), (item) => `${item.id} ${item.kind}`,
      (message) => first ? newMessage(message) : arriving(newMessage(message)),
      (element, message) => fillMessage(element, message, about.language, tools));
    if (!view.messages.length && !log.firstChild) {
      log.append(make("div", { class: "empty" }, icon("logo"), make("b", { text: my("empty") }), make("p", { text: my("empty_hint") })));
    } else if (view.messages.length) log.querySelector(".empty")?.remove();
    rove();
    fillKeys(keyboard, view.keyboard ?? [], press);
    commands.hidden = !view.commands.length;
    keep(commandsBox, view.commands, (command) => command.command,
      (command) => choice("menu", "", () => act("says", { text: `/${command.command.replace(/^\//, "")}` })),
      (element, command) => {
        element.lastChild.replaceChildren(make("b", { text: `/${command.command.replace(/^\//, "")}` }), ` ${command.description}`);
      });
    settle();
    if (answer && !view.messages.some((message) => message.id === answer.id)) answers(null);

    if (toastChanged) pop(view.toast);
    if (end) toEnd();
    if (first) requestAnimationFrame(() => { log.removeAttribute("aria-busy"); });
    if (focused && (!focused.isConnected || focused.closest("[hidden]"))) log.focus({ preventScroll: true });
    if (arrived && !first) noticed();
  }

  function arriving(element) {
    element.classList.add("arriving");
    element.addEventListener("animationend", () => element.classList.remove("arriving"), { once: true });
    return element;
  }

  function pop(text) {
    clearTimeout(toastTimer);
    toast.textContent = text;
    toast.classList.add("up");
    toastTimer = setTimeout(() => toast.classList.remove("up"), 4500);
  }

  return { root, show, about, view: () => view, own, tell: (key) => pop(my(key === "blocked" ? own(key) : key)), tick: (now) => { status.textContent = hours(now); } };
}

// The messages with a line between two days: the clock can be wound.
function withDays(messages, language) {
  let last = "";
  return messages.flatMap((message) => {
    const today = day(message.at, language);
    if (today === last) return [message];
    last = today;
    return [{ id: `day ${message.id}`, kind: "service", text: today }, message];
  });
}
