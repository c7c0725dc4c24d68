// Pays the ticket of a sign-in under attack by a number that the worker looks for, while the password is typed. Where
// anything is missing the page stays as it is: then the form is heard after the wait that it speaks of.
for (const status of document.querySelectorAll("[data-effort]")) {
  const form = status.closest("form");
  const said = status.textContent;
  let sent = null;
  let paid = false;
  const go = (text) => {
    if (paid) return;
    paid = true;
    status.textContent = text;
    form.removeEventListener("submit", hold);
    if (sent) form.requestSubmit(sent);
  };
  const hold = (event) => {
    event.preventDefault();
    sent = event.submitter || form.querySelector("[type=submit]");
    status.scrollIntoView({ block: "nearest" });
  };
  if (window.Worker && window.isSecureContext && crypto.subtle) {
    const worker = new Worker(status.dataset.worker);
    worker.onmessage = ({ data }) => {
      form.elements.effort_answer.value = data;
      go(status.dataset.done);
    };
    worker.onerror = () => go(said);
    // A slow telephone computes for longer than anybody would have had to wait.
    setTimeout(() => go(status.dataset.done), Number(status.dataset.seconds) * 1000);
    form.addEventListener("submit", hold);
    status.textContent = status.dataset.working;
    worker.postMessage([form.elements.effort.value, Number(status.dataset.effort)]);
  }
}
