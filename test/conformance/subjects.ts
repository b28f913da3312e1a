// Every connector that can charge.
import { flutterwave } from './flutterwave.ts';
import { hubtel } from './hubtel.ts';
import { monnify } from './monnify.ts';
import { mpesa } from './mpesa.ts';
import { paystack } from './paystack.ts';
import { stripe } from './stripe.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [flutterwave, hubtel, monnify, mpesa, paystack, stripe];
