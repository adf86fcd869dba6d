import { createContext } from "preact";
import type { Roots } from "./path-name";

/** For every part that names a file; rows are drawn again when it changes, though their items did not. */
export const OpenFolders = createContext<Roots>([]);
