// The page around the phones: the live stream, the clock, the trouble, the outbox.

import { keep, make } from "./dom.js";
import { MESSENGERS, nameAndRole, newPhone } from "./phone.js";
import { newSheet } from "./table.js";
import { day, hours, language, languages, remembered, say, setHint, setZone, speak } from "./words.js";

const get = (id) => document.getElementById(id);
const phones = new Map();
const sheets = new Map();
const place = (platform, address) => `${platform}/${address}`;
let mischief = [];
let rows = [];
let moment = null;
let chosen = null;

// --- orders

async function order(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    if (answer.ok) return { done: true, ...await answer.json() };
    if (answer.status === 409) return { done: false, ...await answer.json() };
  } catch { /* the server is away, which the banner says too */ }
  return { done: false, say: "not_done" };
}

async function act(about, verb, body = {}) {
  const path = ["phone", about.platform, about.address, verb].map(encodeURIComponent).join("/");
  const answer = await order(path, body);
  if (!answer.done) phones.get(place(about.platform, about.address)).tell(answer.say);
  return answer.done;
}

// --- the phones

function setUp(about) {
  setZone(about.zone);
  setHint(about.hint);
  speak(language);
  document.querySelector("h1").textContent = about.bot;
  get("loading")?.remove();
  mischief = about.mischief;
  const strip = about.phones.flatMap((phone) => [phone, ...about.table.filter((sheet) => sheet.after === phone.address)]);
  keep(get("phones"), strip, nameOf, (each) => {
    if (!each.platform) return laid(each, about.phones);
    const name = place(each.platform, each.address);
    const phone = newPhone(each, about.bot, about.samples, (verb, body) => act(each, verb, body), () => {
      if (!inSight.has(phone.root)) markTab(name, true);
    });
    phones.set(name, phone);
    phone.root.dataset.name = name;
    sight.observe(phone.root);
    phone.root.addEventListener("focusin", () => choose(name));
    phone.root.addEventListener("pointerdown", () => choose(name));
    return phone.root;
  }, () => {});
  keep(get("tabs"), strip, nameOf, (each) =>
    make("button", { type: "button", class: each.platform ?? "sheet", "data-name": nameOf(each),
      "aria-label": each.caption ?? "", click: (event) => visit(nameOf(each), event.detail === 0) },
    ...(each.platform ? nameAndRole(each) : [make("span", { class: "name" })]), make("span", { class: "dot", hidden: true })),
  () => {});
  nameSheets();
  keep(get("chosen"), about.phones, (each) => place(each.platform, each.address), (each) =>
    make("option", { value: place(each.platform, each.address), text: `${each.caption} · ${MESSENGERS[each.platform]}` }),
  () => {});
  const here = new Set(about.phones.map((each) => place(each.platform, each.address)));
  for (const name of phones.keys()) if (!here.has(name)) phones.delete(name);
  if (!phones.has(chosen) && !sheets.has(chosen)) choose(phones.keys().next().value);
  showMoment();
}

const nameOf = (each) => each.platform ? place(each.platform, each.address) : place("sheet", each.name);

// A sheet of paper among the phones.
function laid(each, among) {
  const name = nameOf(each);
  const sheet = newSheet(each, among, async (platform, address) => {
    const path = ["table", each.name, platform].map(encodeURIComponent).join("/");
    const answer = await order(path, { address });
    visit(place(platform, address), false);
    if (!answer.done) phones.get(place(platform, address)).tell(answer.say);
  });
  sheets.set(name, sheet);
  sheet.root.addEventListener("focusin", () => choose(name));
  sheet.root.addEventListener("pointerdown", () => choose(name));
  return sheet.root;
}

// Sheets speak the page's language, phones their owners'.
function nameSheets() {
  for (const [name, sheet] of sheets) {
    sheet.speak();
    const tab = [...get("tabs").children].find((each) => each.dataset.name === name);
    tab?.setAttribute("aria-label", sheet.caption());
    if (tab) tab.firstChild.textContent = sheet.caption().split(", ")[0];
  }
}

// A phone has news until it has been in sight.
const inSight = new Set();
const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) inSight.add(target); else inSight.delete(target);
    if (isIntersecting) markTab(target.dataset.name, false);
  }
}, { threshold: 0.5 });

// Go to a phone; with the keyboard, into it.
function visit(name, byKey) {
  choose(name);
  const { root } = phones.get(name) ?? sheets.get(name);
  root.scrollIntoView({ block: "nearest", inline: "center" });
  if (byKey) root.querySelector(".log, select").focus({ preventScroll: true });
}

function choose(name) {
  if (name === chosen) return;
  chosen = name;
  if (phones.has(name)) get("chosen").value = name;
  for (const [each, { root }] of [...phones, ...sheets]) root.classList.toggle("chosen", each === name);
  for (const tab of get("tabs").children) {
    tab.setAttribute("aria-pressed", String(tab.dataset.name === name));
    if (tab.dataset.name === name) get("tabs").scrollTo({ left: tab.offsetLeft - (get("tabs").clientWidth - tab.clientWidth) / 2 });
  }
  showBlock();
}

function markTab(name, news) {
  const tab = [...get("tabs").children].find((each) => each.dataset.name === name);
  const dot = tab?.querySelector(".dot");
  if (!dot || dot.hidden === !news) return;
  dot.hidden = !news;
  const { caption } = phones.get(name).about;
  tab.setAttribute("aria-label", news ? `${caption}, ${say("news")}` : caption);
}

function showBlock() {
  const phone = phones.get(get("chosen").value);
  const view = phone?.view();
  get("block").hidden = !view?.started;
  if (view) get("block").textContent = say(phone.own(view.blocked ? "unblock" : "block"));
}

// --- the clock, the bot's health, the trouble

function showMoment() {
  if (!moment) return;
  get("time").textContent = hours(moment.now);
  get("date").textContent = day(moment.now);
  for (const phone of phones.values()) phone.tick(moment.now);

  const { running, pid, since } = moment.status;
  const words = [say(running ? "running" : "stopped")];
  if (running && since) words.push(`${say("since")} ${hours(since)}`);
  if (running && pid) words.push(`${say("pid")} ${pid}`);
  const text = words.join(" · ");
  get("status").hidden = running === undefined;
  get("status").classList.toggle("stopped", !running);
  if (get("status").textContent !== text) get("status").textContent = text;

  const offered = mischief.filter(({ name }) =>
    running === undefined || (name === "kill" ? running : name === "start" ? !running : true));
  keep(get("mischief"), offered, (each) => each.name, (each) =>
    make("button", { type: "button", class: each.name === "kill" ? "danger" : "", click: () => trouble(each.name) }),
  (element, each) => { element.dataset.say = each.label; element.textContent = say(each.label); });
}

async function wind(seconds) {
  const answer = await order("clock", { seconds });
  if (answer.done) { moment = answer; showMoment(); } else get("outcome").textContent = say("not_done");
}

async function trouble(name) {
  const { platform, address } = phones.get(get("chosen").value)?.about ?? {};
  get("outcome").textContent = "";
  const answer = await order(`mischief/${encodeURIComponent(name)}`, { platform, address });
  if (answer.now) { moment = answer; showMoment(); }
  get("outcome").textContent = answer.say ? say(answer.say) : "";
}

// --- the outbox

const COLUMNS = ["id", "chat", "kind", "state", "attempts", "text", "when"];
const STATES = {
  queued: ["queued", "waiting", "new", "pending", "later", "retry"], sending: ["sending", "claimed", "leased"],
  sent: ["sent"], delivered: ["delivered"], seen: ["seen", "read"], confirmed: ["confirmed"],
  failed: ["failed", "refused", "gone", "unreachable", "undelivered"], dropped: ["dropped", "cancelled", "withdrawn", "expired", "stale"],
  replaced: ["replaced"],
};
const meaning = (state) => Object.keys(STATES).find((each) => STATES[each].includes(String(state).toLowerCase()));

function showOutbox() {
  get("outbox-count").textContent = rows.length || "";
  get("outbox-empty").hidden = rows.length > 0;
  get("outbox-scroll").hidden = !rows.length;
  const names = COLUMNS.concat(Object.keys(rows[0] ?? {}).filter((name) => !COLUMNS.includes(name)));
  keep(get("outbox-head"), names.map((name) => say(name)), (_name, at) => at, () => make("th", { scope: "col" }),
    (cell, text) => { cell.textContent = text; });
  keep(get("outbox-rows"), rows.map((row) => ({ ...row, language })), (row) => row.id, () => make("tr"), (line, row) => {
    line.replaceChildren(...names.map((name) => cell(name, row[name])));
  });
}

function cell(name, value) {
  if (value == null) return make("td", { text: "–" });
  if (name === "state") {
    const known = meaning(value);
    return make("td", {}, make("span", { class: `state ${known ?? ""}`, text: known ? say(known) : String(value) }));
  }
  const text = name === "when" && typeof value === "number" ? hours(value) : name === "kind" ? say(String(value)) : String(value);
  return make("td", { class: name, text, title: name === "text" ? text : null });
}

// --- the live stream: it comes back by itself, and its silence is told plainly

let stream = null;
let heard = 0;

function listen() {
  stream?.close();
  heard = Date.now();
  stream = new EventSource("live");
  const on = (name, use) => stream.addEventListener(name, (event) => {
    heard = Date.now();
    get("lost").hidden = true;
    use(JSON.parse(event.data));
  });
  on("about", setUp);
  on("phone", (view) => {
    phones.get(place(view.platform, view.address))?.show(view);
    showBlock();
  });
  on("moment", (next) => { moment = next; showMoment(); });
  on("outbox", (next) => { rows = next; showOutbox(); });
  stream.onerror = () => { get("lost").hidden = false; };
}

setInterval(() => {
  if (stream.readyState !== EventSource.CLOSED && Date.now() - heard < 8000) return;
  get("lost").hidden = false;
  listen();
}, 2000);

// --- the beginning

get("languages").append(...Object.entries(languages).map(([code, name]) =>
  make("button", { type: "button", lang: code, "data-code": code, "aria-label": name, text: code,
    click: () => turn(code) })));

function turn(code) {
  speak(code);
  for (const button of get("languages").children) {
    button.setAttribute("aria-pressed", String(button.dataset.code === language));
  }
  showMoment();
  showOutbox();
  showBlock();
  nameSheets();
}

for (const [label, seconds] of [["minutes", 600], ["hour", 3600], ["morning", null], ["day", 86400]]) {
  get("wind").append(make("button", { type: "button", "data-say": label, click: () => {
    if (moment) wind(seconds ?? moment.to_morning);
  } }));
}
get("chosen").addEventListener("change", (event) => visit(event.target.value, false));
get("block").addEventListener("click", () => {
  const { about, view } = phones.get(get("chosen").value);
  act(about, view().blocked ? "unblocks" : "blocks");
});
get("trouble-button").addEventListener("click", () => {
  get("trouble").hidden = !get("trouble").hidden;
  get("trouble-button").setAttribute("aria-expanded", String(!get("trouble").hidden));
});
turn(remembered() ?? "uk");
listen();
