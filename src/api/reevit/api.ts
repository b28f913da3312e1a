// The Reevit API below /v1: its nouns, and what they share. Each noun's folder registers its routes and translates;
// no rule about money lives here.
import type { Context } from '../../flows/context.ts';
import type { App, Surface } from '../app.ts';
import { requireReevitKey } from '../auth/reevit-caller.ts';
import { flatEnvelope } from '../flat-envelope.ts';

/** Registers the routes of one noun. */
export type Noun = (app: App, context: Context) => void;

export function reevitApi(context: Context, nouns: readonly Noun[]): Surface {
  return {
    name: 'reevit',
    prefix: '/v1',
    title: 'Switchyard: Reevit-compatible API',
    envelope: flatEnvelope,
    guardsBodies: true,
    routes: (app) => {
      requireReevitKey(app, context);
      for (const noun of nouns) noun(app, context);
    },
  };
}
