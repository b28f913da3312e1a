// Reads Stripe's form bodies and query strings (brackets, depth 20). It only parses: what a parameter may be is said
// in params.ts. Prototype names (`__proto__`) are ordinary keys here and are refused later as unknown parameters.
import qs from 'qs';
import { invalidRequest } from './errors.ts';

export type FormValue = string | FormValue[] | Form;
export interface Form {
  [name: string]: FormValue;
}

const LIMITS = { depth: 20, parameterLimit: 1000, arrayLimit: 100 } as const;

export function parseForm(text: string): Form {
  try {
    return qs.parse(text, {
      ...LIMITS,
      strictDepth: true,
      throwOnLimitExceeded: true,
      plainObjects: true,
      allowPrototypes: true,
    }) as Form;
  } catch {
    throw invalidRequest(
      `Invalid request: more than ${LIMITS.parameterLimit} parameters, or nested too deeply.`,
    );
  }
}

export function isForm(value: FormValue | undefined): value is Form {
  return typeof value === 'object' && !Array.isArray(value);
}
