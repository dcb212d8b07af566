// The order's own link: a button that copies it, where the browser can; without, the field and the link do.

const link = document.querySelector("[data-keep]");
const field = document.querySelector(".keep__url");
if (link instanceof HTMLAnchorElement && field instanceof HTMLInputElement && navigator.clipboard) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--small";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    button.textContent = "Copied";
  });
  link.classList.add("button--quiet");
  link.before(button, " ");
  field.addEventListener("focus", () => field.select());
}
