// One place that binds the template language to the renderer.
import {h, render, Component} from './vendor/preact.mjs';
import htm from './vendor/htm.mjs';

export const html = htm.bind(h);
export {render, Component};
