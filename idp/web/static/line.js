// A bad line: a form is not sent where nobody hears it, and what was typed stays. Where the line only seems to be there,
// the browser's own Reload sends the form again.
addEventListener("submit", (event) => {
  if (navigator.onLine) return;
  event.preventDefault();
  const form = event.target;
  const said = form.querySelector(".offline") || document.createElement("p");
  said.className = "note offline";
  said.setAttribute("role", "alert");
  said.textContent = document.body.dataset.offline;
  form.append(said);
});
addEventListener("online", () => document.querySelectorAll(".offline").forEach((said) => said.remove()));
