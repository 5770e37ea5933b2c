// A model's full name, `provider/model`. Names of a cloud's models may have slashes of their own.

/** Empty for a name without a provider. */
export function providerOf(model: string): string {
  return model.slice(0, Math.max(0, model.indexOf('/')));
}

export function withoutProvider(model: string): string {
  return model.slice(model.indexOf('/') + 1);
}
