// Fills static/vendor from node_modules. Run by `npm run build`; the folder is never committed.
//
// No bundler: three of the four outputs are copies. What is cut is cut on purpose:
// - of Bootstrap's utilities only the families about layout are kept. Its colours, borders and
//   shadows would bypass the tokens of static/css/tokens.css, whose contrast is tested.
// - of the 2 000 icons only those named in icons.json, as one SVG sprite (`{% icon %}` refuses
//   any other name, so that a missing icon is seen by a test and not by an archivist).
// - source map references go: the hashed static storage would look for the map files.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..", "..");
const modules = join(root, "node_modules");
const vendor = join(root, "static", "vendor");
const read = (path) => readFileSync(path, "utf8");
const withoutSourceMap = (text) =>
  text.replace(/\/\*# sourceMappingURL=.*?\*\/|\/\/# sourceMappingURL=.*$/gm, "").trimEnd() + "\n";

const KEPT_UTILITIES = new RegExp(
  "^\\.(" +
    [
      "align-(items|self|content)-.+", "align-(top|middle|bottom|baseline)", "clearfix",
      "col-gap-.+", "column-gap-.+", "d-.+", "flex-.+", "float-.+", "font-monospace", "fw-(medium|normal|semibold)",
      "g(ap|)-.+", "[hw]-(25|50|75|100|auto)", "[hw]stack", "justify-content-.+",
      "m[trbsexy]?-.+", "m[hw]-100", "object-fit-.+", "order-.+", "overflow-.+", "p[trbsexy]?-.+",
      "position-.+", "row-gap-.+", "stretched-link", "text-(start|end|center|nowrap|wrap|break)",
      "text-(sm|md|lg|xl|xxl)-.+", "text-decoration-.+", "user-select-.+", "v(stack|r)",
      "visible", "invisible", "visually-hidden(-focusable)?",
    ].join("|") +
    ")(::?[a-z-]+)*$",
);

/** Splits a minified stylesheet into top-level blocks: [prelude, body]. */
function* blocks(css) {
  let start = 0;
  for (let at = 0, depth = 0, open = 0; at < css.length; at += 1) {
    if (css[at] === "{" && depth++ === 0) open = at;
    if (css[at] === "}" && --depth === 0) {
      yield [css.slice(start, open).trim(), css.slice(open + 1, at)];
      start = at + 1;
    }
  }
}

function keepLayoutUtilities(css) {
  const kept = [];
  for (const [prelude, body] of blocks(css.replace(/\/\*[\s\S]*?\*\//g, ""))) {
    if (prelude.startsWith("@")) {
      const inner = keepLayoutUtilities(body);
      if (inner) kept.push(`${prelude}{${inner}}`);
      continue;
    }
    const selectors = prelude.split(",").filter((one) => {
      const first = one.trim().split(/[ >:]/)[0];
      return KEPT_UTILITIES.test(first);
    });
    if (selectors.length) kept.push(`${selectors.join(",")}{${body}}`);
  }
  return kept.join("");
}

function sprite(names) {
  const symbols = names.map((name) => {
    const svg = read(join(modules, "bootstrap-icons", "icons", `${name}.svg`));
    const viewBox = svg.match(/viewBox="([^"]+)"/)[1];
    const drawing = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
    return `<symbol id="${name}" viewBox="${viewBox}">${drawing.replace(/\s*\n\s*/g, "")}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`;
}

const icons = JSON.parse(read(join(here, "icons.json")));
const bootstrap = join(modules, "bootstrap", "dist", "css");
const outputs = {
  "reboot.css": withoutSourceMap(read(join(bootstrap, "bootstrap-reboot.min.css"))),
  "utilities.css":
    "/*! Bootstrap utilities (MIT), the layout families only */\n" +
    keepLayoutUtilities(read(join(bootstrap, "bootstrap-utilities.min.css"))) + "\n",
  "icons.svg": sprite(icons),
  "tus.js": withoutSourceMap(read(join(modules, "tus-js-client", "dist", "tus.min.js"))),
};
mkdirSync(vendor, { recursive: true });
for (const [name, text] of Object.entries(outputs)) {
  writeFileSync(join(vendor, name), text);
  console.log(`static/vendor/${name}  ${(Buffer.byteLength(text) / 1000).toFixed(1)} kB`);
}
