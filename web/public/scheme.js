// Runs before the first paint, so that a page that is to be dark is never white first.
(function () {
  var wanted = null;
  try {
    wanted = localStorage.getItem("lookalike-scheme");
  } catch {
    // a browser that keeps nothing: as the system has it
  }
  var dark =
    wanted === "dark" || (wanted !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
