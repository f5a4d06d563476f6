// Pictures, albums, videos and voices in a conversation, and the large view that a press opens.

import { icon, make } from "./dom.js";
import { say } from "./words.js";

// How many stand in each row of an album, by how many there are.
const ROWS = { 1: [1], 2: [2], 3: [1, 2], 4: [2, 2], 5: [2, 3], 6: [3, 3], 7: [2, 2, 3], 8: [2, 3, 3], 9: [3, 3, 3], 10: [3, 3, 4] };

const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

// One picture as it is, or several as a grid; each is { src, kind, seconds }, and a press shows it large.
export function newPictures(pictures, language) {
  if (pictures.length === 1 && pictures[0].kind === "video") return newVideo(pictures[0], language);
  const rows = (ROWS[pictures.length] ?? []).flatMap((count) => Array(count).fill(count));
  const tiles = pictures.map((picture, at) => newTile(pictures, at, rows[at] ?? 4, language));
  return pictures.length === 1 ? tiles[0] : make("div", { class: "attached mosaic" }, ...tiles);
}

function newTile(pictures, at, inRow, language) {
  const { src, kind, seconds } = pictures[at];
  const alone = pictures.length === 1;
  const name = say(kind, language) + (alone ? "" : ` ${at + 1} / ${pictures.length}`);
  const tile = make("button", { type: "button", class: alone ? "attached seen" : "tile", "aria-label": `${name}: ${say("enlarge", language)}`,
    click: () => enlarge(pictures, at, language) });
  if (src && kind === "video") tile.append(make("video", { src, preload: "metadata", tabindex: "-1", "aria-hidden": "true" }));
  else if (src) tile.append(make("img", { src, alt: "" }));
  else tile.append(icon(kind));
  if (kind === "video") tile.append(make("span", { class: "sign" }, icon("play")), ...(seconds ? [make("small", { text: minutes(seconds) })] : []));
  tile.disabled = !src;
  tile.style.setProperty("--span", 12 / inRow);
  if (inRow === 1) tile.classList.add("wide");
  return tile;
}

// A video stands still with a sign on it until it is pressed; then the browser's own controls take over.
function newVideo({ src, seconds }, language) {
  const length = seconds ? [make("small", { text: minutes(seconds) })] : [];
  if (!src) return make("div", { class: "attached photo" }, icon("play"), make("span", { class: "unseen", text: say("video", language) }), ...length);
  const film = make("video", { src, preload: "metadata", tabindex: "-1", "aria-label": say("video", language) });
  const sign = make("button", { type: "button", class: "sign", "aria-label": `${say("video", language)}: ${say("listen", language)}`, click: () => {
    quiet();
    film.controls = true;
    film.removeAttribute("tabindex");
    sign.remove();
    film.focus();
    film.play().catch(() => { /* the controls are there, and say what is wrong */ });
  } }, icon("play"), ...length);
  return make("div", { class: "attached film" }, film, sign);
}

// One thing is heard at a time.
function quiet() {
  for (const other of document.querySelectorAll("audio, video")) other.pause();
}

// A voice message; where the browser cannot play it, `instead()` is put in its place.
export function newVoice({ src, seconds }, language, instead) {
  const sound = make("audio", { src: src ?? null, preload: "none" });
  const signs = { play: icon("play"), pause: icon("pause") };
  const press = make("button", { type: "button", class: "play", "aria-label": say("listen", language) }, signs.play, signs.pause);
  const bars = [5, 9, 14, 8, 17, 11, 20, 13, 7, 15, 10, 18, 9, 13, 6, 10, 5].map((height) => {
    const bar = make("i");
    bar.style.height = `${height}px`;
    return bar;
  });
  const time = make("small", { text: seconds ? minutes(seconds) : "" });
  const box = make("div", { class: "attached voice" }, press, make("span", { class: "wave", "aria-hidden": "true" }, ...bars), time, sound);
  if (!src) { press.disabled = true; return box; }

  function mark() {
    const length = Number.isFinite(sound.duration) && sound.duration ? sound.duration : seconds || 1;
    const playing = !sound.paused;
    box.classList.toggle("playing", playing);
    press.setAttribute("aria-label", say(playing ? "pause" : "listen", language));
    bars.forEach((bar, at) => bar.classList.toggle("heard", sound.currentTime > 0 && at / bars.length <= sound.currentTime / length));
    time.textContent = minutes(sound.currentTime || length);
  }
  press.addEventListener("click", () => {
    if (!sound.paused) return sound.pause();
    quiet();
    return sound.play().catch(() => { if (sound.error) box.replaceWith(instead()); });
  });
  for (const happens of ["play", "pause", "timeupdate"]) sound.addEventListener(happens, mark);
  sound.addEventListener("ended", () => { sound.currentTime = 0; });
  return box;
}

// The large view: one picture at a time, the others by arrows; the browser brings the focus back when it closes.
export function enlarge(pictures, at, language) {
  const my = (key) => say(key, language);
  const round = (name, label, click) => make("button", { type: "button", class: "round", "aria-label": label, click }, icon(name));
  const stand = make("div", { class: "stand" });
  const count = make("span", { role: "status" });
  const several = pictures.length > 1;
  const turn = (by) => { at = (at + by + pictures.length) % pictures.length; show(); };
  const dialog = make("dialog", { class: "large", "aria-label": my("photo"), lang: language,
    click: (event) => { if (event.target === dialog || event.target === stand) dialog.close(); },
    close: () => dialog.remove(),
    keydown: (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by && several) { event.preventDefault(); turn(by); }
    } },
  make("div", { class: "shelf" }, count, round("close", my("close"), () => dialog.close())), stand,
  ...(several ? [make("div", { class: "turns" }, round("back", my("previous"), () => turn(-1)), round("next", my("next"), () => turn(1)))] : []));

  function show() {
    const { src, kind } = pictures[at];
    const name = my(kind) + (several ? ` ${at + 1} / ${pictures.length}` : "");
    stand.replaceChildren(kind === "video" ? make("video", { src, controls: true, autoplay: true, "aria-label": name }) : make("img", { src, alt: name }));
    count.textContent = several ? `${at + 1} / ${pictures.length}` : "";
  }
  show();
  document.body.append(dialog);
  dialog.showModal();
}
