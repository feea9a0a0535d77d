/* A box that must be scrolled sideways says so; a folded table is printed if it is short or if the reader opened it. */
(function () {
  "use strict";
  function each(selector, act) { document.querySelectorAll(selector).forEach(act); }
  function mark(box) {
    box.dataset.hint = document.body.dataset.hint;
    box.classList.toggle("scrolls", box.scrollWidth > box.clientWidth + 4);
    if (!box.hasAttribute("tabindex") && box.classList.contains("scrolls")) box.tabIndex = 0;
  }
  function markAll() { each(".scroll", mark); }
  addEventListener("resize", markAll);
  each("details", function (part) { part.addEventListener("toggle", markAll); });
  addEventListener("beforeprint", function () { each("details:not(.long)", function (part) { part.open = true; }); });
  markAll();
})();
