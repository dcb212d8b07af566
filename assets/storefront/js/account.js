// The header's link says who is signed in. Pages are the same bytes for everybody, so a script asks; and it asks only where the
// browser signed in, which a cookie without any secret says.
import "./base.js";

const link = document.querySelector("[data-account]");

if (link && document.cookie.split("; ").includes("boxoffice_in=1")) {
  const answer = await fetch("/v1/me", { headers: { accept: "application/json" } });
  if (answer.ok) {
    const { name } = await answer.json();
    link.textContent = name;
    link.setAttribute("aria-label", `Your account, ${name}`);
  }
}
