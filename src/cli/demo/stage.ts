// How the demo tells what it does.
import type { Client, Json } from './client.ts';

export class Teller {
  readonly #write: (text: string) => void;
  #number = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  scene(title: string): void {
    this.#number += 1;
    this.#write(`\n${this.#number}. ${title}`);
  }

  tell = (text: string): void => this.#write(`   ${text}`);

  end(): void {
    this.#write('\nEverything happened as it should.');
  }
}

export function lookAround({ url, key }: Client, { id }: Json, phone = ''): string {
  const look = phone === '' ? '' : `  The phone:  ${url}/simulators/phone/${phone}\n`;
  return `
The server stays up. In another terminal:

  KEY=${key}
  curl -s ${url}/v1/payments/${id}/explain -H "X-Reevit-Key: $KEY"
  curl -s ${url}/v1/webhooks/events -H "X-Reevit-Key: $KEY"
  curl -s ${url}/openapi/reevit.json
${look}
Ctrl-C ends it and removes its data.`;
}

export function money(minor: number, currency: string): string {
  return `${(minor / 100).toFixed(2)} ${currency}`;
}
