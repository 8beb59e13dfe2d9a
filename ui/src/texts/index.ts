import { createContext, useContext } from 'react';
import { en, type Texts } from './en';

export type { Texts };

// A second language is a second object of the type Texts (hi.ts) and a provider that picks it.
export const TextsContext = createContext<Texts>(en);
export const useTexts = (): Texts => useContext(TextsContext);
