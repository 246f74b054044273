// What the pages gain with JavaScript; all of them work without it.
import { startCopying } from "./copy.js";
import { startDragging } from "./dragging.js";
import { startDrawer } from "./drawer.js";
import { startFocus } from "./focus.js";
import { startKeys } from "./keys.js";
import { startMenus } from "./menus.js";
import { startNarrowing } from "./narrow.js";
import { startRevealing } from "./reveal.js";
import { startSelection } from "./selection.js";
import { startSheet } from "./sheet.js";
import { startTree } from "./tree.js";

startMenus();
startDrawer();
startKeys();
startFocus();
startSelection();
startSheet();
startTree();
startDragging();
startCopying();
startNarrowing();
startRevealing();
