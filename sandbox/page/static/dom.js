// Small tools for the document: elements made without markup, and lists that keep their elements.

// An element; `text` and `class` are what they seem, a function listens, true/false set or leave an attribute.
export function make(tag, traits = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(traits)) {
    if (name === "text") element.textContent = value;
    else if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `static/icons.svg#${name}`);
  drawing.append(use);
  return drawing;
}

// The bytes of a file as base64.
export function bytesOf(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => done(reader.result.slice(reader.result.indexOf(",") + 1)));
    reader.addEventListener("error", () => failed(reader.error));
    reader.readAsDataURL(file);
  });
}

const kept = new WeakMap();

// Makes parent's children stand for items, reusing the element of each key, so that focus, scroll and what
// is being typed survive. create(item) gives a new element; fill(element, item) runs only if the item changed.
export function keep(parent, items, key, create, fill) {
  const before = kept.get(parent) ?? new Map();
  const after = new Map();
  items.forEach((item, place) => {
    const name = key(item, place);
    const seen = JSON.stringify(item);
    const entry = before.get(name) ?? { element: create(item), seen: null };
    if (entry.seen !== seen) fill(entry.element, item);
    entry.seen = seen;
    after.set(name, entry);
  });
  for (const [name, entry] of before) if (!after.has(name)) entry.element.remove();
  let next = parent.firstChild;
  for (const { element } of after.values()) {
    if (element === next) next = next.nextSibling;
    else parent.insertBefore(element, next);
  }
  kept.set(parent, after);
}

// A button that shows and hides a box beside it; Escape, a choice or a click elsewhere closes it again.
export function opens(button, box) {
  const set = (open) => {
    box.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  };
  set(false);
  button.addEventListener("click", () => {
    set(box.hidden);
    if (!box.hidden) box.querySelector("button, input")?.focus();
  });
  box.addEventListener("click", (event) => {
    if (!event.target.closest("button")) return;
    const inside = box.contains(document.activeElement);
    set(false);
    if (inside) button.focus({ preventScroll: true });
  });
  for (const part of [button, box]) {
    part.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || box.hidden) return;
      set(false);
      button.focus();
    });
  }
  document.addEventListener("pointerdown", (event) => {
    if (!box.contains(event.target) && !button.contains(event.target)) set(false);
  });
}
