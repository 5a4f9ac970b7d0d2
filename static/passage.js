// Words that somebody selects in the numbered sentences fill the field for a quote.
// Without this they are copied by hand, or whole sentences are ticked.
for (const text of document.querySelectorAll("[data-passage]")) watch(text);

function watch(text) {
  const field = document.getElementById(text.dataset.passage);
  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    if (selection.isCollapsed || !holds(selection)) return;
    field.value = selection.toString().replace(/\s+/g, " ").trim();
  });

  function holds(selection) {
    const labels = [selection.anchorNode, selection.focusNode].map((node) => node.parentElement?.closest("label"));
    return labels.every((label) => label && text.contains(label));
  }
}
