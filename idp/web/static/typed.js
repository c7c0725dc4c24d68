// A bad line: the name that was typed is there again after Back or a reload, which browsers forget of a page that must
// not be stored. It lies in the tab's own history alone, and not even there on a public computer.
const name = document.querySelector("input[name=username]");
const isShared = document.querySelector("input[type=checkbox][name=shared]");
if (name) {
  const restore = () => {
    if (!name.value && history.state?.username) name.value = history.state.username;
  };
  name.form.addEventListener("submit", () => {
    history.replaceState(isShared?.checked ? null : { username: name.value }, "");
  });
  addEventListener("pageshow", restore);
  restore();
}
