// Choosing pictures to send: drawings made for this page, one or several, or some of one's own.

import { icon, make } from "./dom.js";
import { say } from "./words.js";

const ALBUM = 10;  // as in media.py

// samples: names of drawings; send(items) sends some of them; own(files) sends files; closed() is told when it closes.
export function newGallery(samples, language, { send, own, closed }) {
  const my = (key) => say(key, language);
  const chosen = [];
  const tiles = samples.map((name) => make("button", { type: "button", class: "pick", "data-name": name, "aria-pressed": "false",
    "aria-label": my(name.replace(/\..*$/, "")), click: () => toggle(name) }, make("img", { src: `samples/${name}`, alt: "", loading: "lazy" }), make("b")));
  const file = make("input", { type: "file", hidden: true, multiple: true, accept: "image/*,video/mp4,video/quicktime", "aria-label": my("own_files") });
  const go = make("button", { type: "button", class: "wide", click: () => { const items = chosen.map((sample) => ({ sample })); close(); send(items); } });
  const root = make("div", { class: "gallery", role: "group", "aria-label": my("choose_photos"), hidden: true },
    make("div", { class: "title" }, make("b", { text: my("choose_photos") }),
      make("button", { type: "button", class: "round", "aria-label": my("close"), click: () => close() }, icon("close"))),
    make("div", { class: "picks" }, ...tiles),
    make("div", { class: "doing" }, make("button", { type: "button", class: "plain", text: my("own_files"), click: () => file.click() }), go), file);

  function toggle(name) {
    const at = chosen.indexOf(name);
    if (at >= 0) chosen.splice(at, 1); else if (chosen.length < ALBUM) chosen.push(name);
    mark();
  }
  function mark() {
    for (const tile of tiles) {
      const at = chosen.indexOf(tile.dataset.name);
      tile.setAttribute("aria-pressed", String(at >= 0));
      tile.lastChild.textContent = at < 0 ? "" : at + 1;
    }
    go.disabled = !chosen.length;
    go.textContent = my("send") + (chosen.length > 1 ? ` (${chosen.length})` : "");
  }
  function open() {
    chosen.length = 0;
    mark();
    root.hidden = false;
    tiles[0]?.focus();
  }
  function close() {
    root.hidden = true;
    closed();
  }
  file.addEventListener("change", () => {
    const files = [...file.files];
    file.value = "";
    if (!files.length) return;
    close();
    own(files);
  });
  root.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  document.addEventListener("pointerdown", (event) => { if (!root.hidden && !root.contains(event.target)) root.hidden = true; });
  return { root, open };
}
