// A sheet of paper beside the phones: a picture or printed lines, and codes to hold a phone over.

import { keep, make } from "./dom.js";
import { MESSENGERS } from "./phone.js";
import { language, say } from "./words.js";

// about: one of the table's sheets; phones: all of the page's phones; scan(platform, address) tells the server.
export function newSheet(about, phones, scan) {
  const id = `sheet-${about.name}`;
  const title = make("h2");
  const large = about.picture ? newEnlarged(`table/${about.name}/sheet.png`) : null;
  const paper = large ? large.button : make("pre", { text: about.lines.join("\n") });
  const codes = make("div", { class: "codes" }, ...about.codes.map((platform) => newCode(about, platform, phones, scan)));
  const root = make("section", { class: "phone sheet", id, "aria-labelledby": `${id}-title` },
    make("div", { class: "caption", id: `${id}-title` }, title), make("div", { class: "paper" }, paper, codes), ...(large ? [large.dialog] : []));

  function speak() {
    const [name, ...note] = caption().split(", ");
    title.replaceChildren(make("span", { class: "name", text: name }), make("span", { class: "role", text: note.join(", ") }));
    large?.speak(caption());
    for (const code of codes.children) code.speak();
  }
  const caption = () => about.captions[language] ?? about.captions.uk;
  speak();
  return { root, about, caption, speak };
}

// A picture to press, and a dialog that shows it at its own size; the browser brings the focus back when it closes.
function newEnlarged(src) {
  const picture = make("img", { src, alt: "" });
  const button = make("button", { type: "button", class: "enlarge", click: () => dialog.showModal() }, picture);
  const close = make("button", { type: "button", class: "quiet", click: () => dialog.close() });
  const whole = make("div", { class: "scroll", tabindex: "0", role: "region" }, make("img", { src, alt: "" }));
  const dialog = make("dialog", { class: "enlarged", click: (event) => { if (event.target === dialog) dialog.close(); } }, close, whole);
  function speak(caption) {
    picture.alt = `${caption}: ${say("enlarge")}`;
    whole.firstChild.alt = caption;
    whole.setAttribute("aria-label", caption);
    dialog.setAttribute("aria-label", caption);
    close.textContent = say("close");
  }
  return { button, dialog, speak };
}

// One code: whose phone is held over it, and the code itself as a picture to press.
function newCode(sheet, platform, phones, scan) {
  const mine = phones.filter((phone) => phone.platform === platform);
  const whose = make("select");
  keep(whose, mine, (phone) => phone.address, (phone) => make("option", { value: phone.address, text: phone.caption.split(", ")[0] }), () => {});
  if (mine.some((phone) => phone.address === sheet.after)) whose.value = sheet.after;
  const words = make("span");
  const press = make("button", { type: "button", class: platform, click: () => scan(platform, whose.value) },
    make("img", { src: `table/${sheet.name}/${platform}.png`, alt: "" }), words);
  const box = make("div", { class: "code" }, press, whose);
  box.speak = () => {
    words.textContent = `${MESSENGERS[platform]}: ${say("scan")}`;
    whose.setAttribute("aria-label", say("whose_phone"));
  };
  return box;
}
