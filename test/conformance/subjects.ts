// Every connector that can charge.
import { paystack } from './paystack.ts';
import { stripe } from './stripe.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [paystack, stripe];
