// Words that somebody selects in a paragraph of a draft are filled in as what their remark is about.
// Without this script they copy the words; nothing else depends on it.
const chosenIn = (place) => {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || !selection.rangeCount) return "";
  const range = selection.getRangeAt(0);
  if (!place.contains(range.startContainer) || !place.contains(range.endContainer)) return "";
  return selection.toString().replace(/\s+/g, " ").trim();
};

for (const place of document.querySelectorAll("[data-fills]")) {
  const field = document.getElementById(place.dataset.fills);
  let filled = "";
  if (!field) continue;
  document.addEventListener("selectionchange", () => {
    const words = chosenIn(place);
    if (!words || (field.value && field.value !== filled)) return;
    field.value = filled = words;
  });
}

for (const link of document.querySelectorAll("a[data-reacts]")) {
  const place = link.closest(".para")?.querySelector(".words");
  if (!place) continue;
  link.addEventListener("pointerdown", () => {
    const words = chosenIn(place).slice(0, 1000);
    const address = new URL(link.href);
    if (words) address.searchParams.set("quote", words);
    else address.searchParams.delete("quote");
    link.href = address;
  });
}
