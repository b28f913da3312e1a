// The default schema of `executePayload.body` (connxt.md 7.2): order, customer and what hangs on them are closed, the
// root is open. A definition that publishes a schema of its own replaces it.
const text = { type: 'string' };
const closed = { type: 'object', additionalProperties: false };
const amount = { type: 'number', exclusiveMinimum: 0 };

const DEFAULT = {
  type: 'object',
  required: ['order'],
  properties: {
    order: {
      ...closed,
      required: ['id', 'money'],
      properties: {
        id: { type: 'string', minLength: 1, maxLength: 128 },
        money: {
          ...closed,
          required: ['amount', 'currency'],
          properties: { amount, currency: text },
        },
        crmData: {
          ...closed,
          required: ['amount', 'currency', 'conversionRate'],
          properties: {
            amount: { type: 'number' },
            currency: text,
            conversionRate: { type: 'number' },
          },
        },
        timestamp: text,
      },
    },
    customer: {
      ...closed,
      properties: {
        id: text,
        firstName: text,
        lastName: text,
        dob: text,
        email: { type: 'string', format: 'email' },
        phone: { ...closed, properties: { phoneNumber: text, countryCode: text } },
        address: {
          ...closed,
          properties: { line1: text, city: text, state: text, zipCode: text, country: text },
        },
      },
    },
    language: text,
    serverDelay: { type: 'number', minimum: 0 },
    customAttributes: { type: 'object' },
  },
};

const STEPS = ['initiate', 'redirect', 'webhook', 'sync'];

/** The published schema: `{}` is the default, a map keyed by step its `initiate`; the root is always open. */
export function payloadSchema(published: Readonly<Record<string, unknown>>): object {
  const names = Object.keys(published);
  if (names.length === 0) return DEFAULT;
  const byStep = names.every((name) => STEPS.includes(name));
  const schema = byStep ? published.initiate : published;
  return typeof schema === 'object' && schema !== null
    ? { ...schema, additionalProperties: true }
    : DEFAULT;
}
