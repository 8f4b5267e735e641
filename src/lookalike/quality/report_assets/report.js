"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const cards = [...document.querySelectorAll("#cards > .card")];
  const told = find("told");

  const known = cards.map((card, rank) => {
    const name = card.querySelector("summary .name");
    const text = (name.title || name.textContent).toLowerCase();
    return { card, text, rank, place: Number(card.dataset.place), kind: card.dataset.kind };
  });
  const compare = {
    worst: (a, b) => a.rank - b.rank,
    place: (a, b) => a.place - b.place,
    name: (a, b) => a.text.localeCompare(b.text) || a.place - b.place,
    kind: (a, b) => a.kind.localeCompare(b.kind) || a.rank - b.rank,
  };

  const search = () => {
    const wanted = find("search").value.trim().toLowerCase();
    let shown = 0;
    for (const one of known) {
      one.card.hidden = !(one.text.includes(wanted) || one.kind === wanted);
      shown += one.card.hidden ? 0 : 1;
    }
    const of = known.length === 1 ? "1 column" : `${known.length} columns`;
    told.textContent = shown === known.length ? of : `${shown} of ${of}`;
  };
  const fold = (open) => () => known.forEach((one) => { if (!one.card.hidden) one.card.open = open; });

  find("controls").hidden = false;
  find("search").addEventListener("input", search);
  find("order").addEventListener("change", (event) => {
    find("cards").append(...[...known].sort(compare[event.target.value]).map((one) => one.card));
  });
  find("open-all").addEventListener("click", fold(true));
  find("fold-all").addEventListener("click", fold(false));
  search();

  // what the square under the pointer stands for, in all three maps at once
  const values = find("pair-values");
  if (!values) return;
  const names = [...find("pair-names").children].map((item) => item.textContent);
  const sides = ["real", "synth"].map((side) => values.dataset[side].split(","));
  const readout = find("readout");
  const before = readout.textContent;
  const fields = [...document.querySelectorAll("g[data-cells]")];
  const frames = fields.map((field) => {
    const frame = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [key, value] of [["width", 1], ["height", 1], ["class", "at"]]) frame.setAttribute(key, value);
    return frame;
  });
  const minus = (hundredths) => (hundredths / 100).toFixed(2).replace("-", "\u2212");
  const leave = () => { frames.forEach((frame) => frame.remove()); readout.textContent = before; };
  const point = (field) => (event) => {
    const box = field.querySelector(".bare").getBoundingClientRect();
    const at = (offset, size) => Math.min(Math.max(Math.floor((offset / size) * names.length), 0), names.length - 1);
    const x = at(event.clientX - box.left, box.width);
    const y = at(event.clientY - box.top, box.height);
    const [high, low] = [Math.max(x, y), Math.min(x, y)];
    const [real, synth] = sides.map((side) => side[(high * (high - 1)) / 2 + low]);
    if (x === y || real === "" || synth === "") { leave(); return; }
    const difference = synth - real;
    readout.textContent = `${names[low]} × ${names[high]}: real ${minus(real)}, synthetic ${minus(synth)}, difference ${difference > 0 ? "+" : ""}${minus(difference)}`;
    fields.forEach((other, i) => { frames[i].setAttribute("x", x); frames[i].setAttribute("y", y); other.append(frames[i]); });
  };
  for (const field of fields) {
    field.addEventListener("pointermove", point(field));
    field.addEventListener("pointerleave", leave);
  }
})();
