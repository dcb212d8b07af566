// The event page: a countdown that becomes the picker, or the picker at once.
import "./base.js";
import { countdown } from "./countdown.js";
import { openPicker } from "./picker.js";
import "./visit.js";

openPicker();
countdown(openPicker);
