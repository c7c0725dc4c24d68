// Adds "show password" beside the field. Without this script the field is an ordinary one.
for (const box of document.querySelectorAll(".with-button")) {
  const field = box.querySelector("input");
  const button = document.createElement("button");
  const status = document.createElement("span");
  const words = box.dataset;
  button.type = "button";
  button.className = "reveal";
  button.setAttribute("aria-controls", field.id);
  status.className = "unseen";
  status.setAttribute("role", "status");
  const set = (shown) => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? words.hide : words.show;
    button.setAttribute("aria-label", shown ? words.hideLabel : words.showLabel);
  };
  set(false);
  button.addEventListener("click", () => {
    set(field.type === "password");
    status.textContent = field.type === "text" ? words.shown : words.hidden;
  });
  // What a browser remembers of the form must never be the readable field.
  field.form.addEventListener("submit", () => set(false));
  box.append(button, status);
}
