// A page about a person that the browser keeps alive for its Back button may outlive the sign-out, whatever
// Cache-Control said. So it is hidden when it is left, and asked for anew when it comes back. A form's answer too:
// its address answers GET.
addEventListener("pagehide", () => {
  document.documentElement.hidden = true;
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.replace(location.pathname + location.search);
});
