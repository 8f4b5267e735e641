/** Coming in: the first account, an account of one's own, a sign-in, and an address that signs in once. */
import { Anchor, Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from "react";
import { Link, Navigate, useLocation } from "react-router";

import { login, register, setUp, useCode as signInByCode, type SignedIn } from "@/api";
import { getInstanceOptions } from "@/api/@tanstack/react-query.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import type { From } from "@/parts/Guard";
import { Waiting } from "@/parts/Waiting";
import { sessions } from "@/service/session";
import { useSession } from "@/service/use-session";
import { shared, signIn } from "@/strings";

import { placeAfter, SHORTEST_PASSWORD, wrongWith, type Typed } from "./credentials";
import { Frame } from "./Frame";
import css from "./sign-in.module.css";

type Kind = "sign-in" | "register" | "setup";

export function SignInPage(): ReactNode {
  const { state } = useLocation();
  const session = useSession();
  const instance = useQuery(getInstanceOptions());
  if (instance.data?.needsSetup) return <Navigate to="/setup" replace />;
  const why = session.state === "out" ? session.why : undefined;
  return (
    <Comers>
      <Frame
        title={signIn.signIn}
        says={why === undefined ? undefined : signIn[why]}
        foot={
          <>
            {instance.data?.registration && (
              <p>
                {signIn.noAccount}{" "}
                <Anchor component={Link} to="/register" state={state as unknown}>
                  {signIn.register}
                </Anchor>
              </p>
            )}
            <p>{signIn.lost}</p>
          </>
        }
      >
        {instance.isError && (
          <ErrorSays error={instance.error} onRetry={() => void instance.refetch()} />
        )}
        <Form kind="sign-in" />
      </Frame>
    </Comers>
  );
}

export function RegisterPage(): ReactNode {
  const { state } = useLocation();
  const instance = useQuery(getInstanceOptions());
  if (instance.data && !instance.data.registration) return <Navigate to="/sign-in" replace />;
  return (
    <Comers>
      <Frame
        title={signIn.registerTitle}
        foot={
          <p>
            {signIn.haveAccount}{" "}
            <Anchor component={Link} to="/sign-in" state={state as unknown}>
              {signIn.signIn}
            </Anchor>
          </p>
        }
      >
        <Form kind="register" />
      </Frame>
    </Comers>
  );
}

export function SetupPage(): ReactNode {
  const instance = useQuery(getInstanceOptions());
  if (instance.isPending) return <Waiting for={shared.waiting.page} whole />;
  if (instance.data && !instance.data.needsSetup) return <Navigate to="/sign-in" replace />;
  return (
    <Comers>
      <Frame title={signIn.setupTitle} says={signIn.setupSays}>
        {instance.isError ? (
          <ErrorSays error={instance.error} onRetry={() => void instance.refetch()} />
        ) : (
          <Form kind="setup" />
        )}
      </Frame>
    </Comers>
  );
}

/** Who is in already goes on to where they wanted to. */
function Comers({ children }: { children: ReactNode }): ReactNode {
  const session = useSession();
  const { state } = useLocation();
  useEffect(() => {
    if (session.state === "unknown") sessions.access().catch(() => undefined);
  }, [session.state]);
  if (session.state === "in") {
    return <Navigate to={placeAfter((state as From | null)?.from)} replace />;
  }
  return children;
}

const ACTS: Record<Kind, string> = {
  "sign-in": signIn.signIn,
  register: signIn.registerAct,
  setup: signIn.setupAct,
};

function Form({ kind }: { kind: Kind }): ReactNode {
  const { state } = useLocation();
  const given = (state as { code?: string } | null)?.code ?? "";
  const [typed, setTyped] = useState({ login: "", password: "", name: "", code: given });
  const [shown, setShown] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const fresh = kind !== "sign-in";
  const checked: Typed = {
    login: typed.login,
    password: typed.password,
    ...(kind === "setup" ? { code: typed.code } : {}),
  };
  const wrong = shown ? wrongWith(checked, fresh) : {};

  const send = useMutation({
    mutationFn: async (): Promise<SignedIn> => {
      const who = { login: typed.login.trim(), password: typed.password };
      if (kind === "sign-in") return (await login({ body: who })).data;
      if (kind === "register")
        return (await register({ body: { ...who, name: typed.name.trim() } })).data;
      return (await setUp({ body: { ...who, name: typed.name.trim(), code: typed.code.trim() } }))
        .data;
    },
    onSuccess: (signed) => sessions.enter(signed),
  });

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setShown(true);
    const first = Object.keys(wrongWith(checked, fresh))[0];
    if (first !== undefined) {
      form.current?.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus();
      return;
    }
    send.mutate();
  };
  const change = (part: Partial<typeof typed>): void =>
    setTyped((before) => ({ ...before, ...part }));

  return (
    <form ref={form} className={css.form} onSubmit={submit} noValidate>
      {kind === "setup" && given === "" && (
        <TextInput
          name="code"
          label={signIn.code}
          description={signIn.codeSays}
          autoComplete="off"
          value={typed.code}
          error={wrong.code}
          onChange={(event) => change({ code: event.currentTarget.value })}
        />
      )}
      <TextInput
        name="login"
        label={signIn.login}
        description={fresh ? signIn.loginSays : undefined}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={200}
        value={typed.login}
        error={wrong.login}
        onChange={(event) => change({ login: event.currentTarget.value })}
        data-autofocus
        // eslint-disable-next-line jsx-a11y/no-autofocus -- the page is this form
        autoFocus
      />
      <PasswordInput
        name="password"
        label={signIn.password}
        description={fresh ? signIn.newPasswordSays(SHORTEST_PASSWORD) : undefined}
        autoComplete={fresh ? "new-password" : "current-password"}
        maxLength={1000}
        value={typed.password}
        error={wrong.password}
        onChange={(event) => change({ password: event.currentTarget.value })}
        visibilityToggleButtonProps={{ "aria-label": signIn.show, tabIndex: 0 }}
      />
      {fresh && (
        <TextInput
          name="name"
          label={signIn.name}
          description={signIn.nameSays}
          autoComplete="name"
          maxLength={200}
          value={typed.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
      )}
      {send.isError && <ErrorSays error={send.error} />}
      <Button type="submit" size="md" loading={send.isPending} fullWidth>
        {ACTS[kind]}
      </Button>
    </form>
  );
}

/** Signs in with a code that `lookalike sign-in` printed. It is used once, whatever React does. */
export function OncePage({ code }: { code: string }): ReactNode {
  const begun = useRef(false);
  const send = useMutation({
    mutationFn: async () => (await signInByCode({ body: { code } })).data,
    onSuccess: (signed) => sessions.enter(signed),
  });
  const { mutate } = send;
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    mutate();
  }, [mutate]);
  if (send.isSuccess) return <Navigate to="/datasets" replace />;
  if (!send.isError) return <Waiting for={signIn.once} whole />;
  return (
    <Frame title={signIn.onceFailed}>
      <div className={css.form}>
        <ErrorSays error={send.error} />
        <Button component={Link} to="/sign-in" variant="default">
          {signIn.signIn}
        </Button>
      </div>
    </Frame>
  );
}
