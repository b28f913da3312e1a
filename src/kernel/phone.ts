// Phone numbers: E.164 inside; each connector writes the form that its PSP asks for. What cannot be a number is refused
// here, so that no prompt goes to a stranger because of a digit.
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';

export interface Phone {
  /** `+233551234987`. */
  readonly e164: string;
  /** `233`. */
  readonly callingCode: string;
  /** `551234987`: without the country's code and without a leading zero. */
  readonly national: string;
}

/** Null when it is not a possible number. `country` (ISO 3166-1 alpha-2): where it belongs when it does not say so. */
export function readPhone(text: string, country: string | null): Phone | null {
  // The library throws at itself to say so, which costs more than all the rest of a charge.
  if (!/\d/.test(text)) return null;
  const region = country !== null && isSupportedCountry(country) ? country : undefined;
  const digits = text.replace(/^\s*00/, '+');
  const found = parsePhoneNumberFromString(digits, {
    extract: false,
    ...(region ? { defaultCountry: region } : {}),
  });
  if (!found?.isPossible()) return null;
  return {
    e164: found.number,
    callingCode: found.countryCallingCode,
    national: found.nationalNumber,
  };
}
