import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { consultations } from '../../api/notes';
import { Problem } from '../../api/problem';
import { Link, useRouter } from '../../app/router';
import { Icon } from '../../components/Icon';
import { Card, PageHead, ProblemNote } from '../../components/Page';
import bench from '../../components/Workbench.module.css';
import { useTexts } from '../../texts';
import { useForm, type Errors } from '../account/form';
import form from '../account/Form.module.css';
import classes from './Consultations.module.css';

type Field = 'patient' | 'title' | 'consent_given';

export function NewPage() {
  const t = useTexts();
  const { go } = useRouter();
  const [known, setKnown] = useState(true);
  const [patient, setPatient] = useState('');
  const [title, setTitle] = useState('');
  const [agreed, setAgreed] = useState(false);

  const check = (): Errors<Field> => ({
    ...(patient.trim() === '' && { patient: known ? t.notes.accountMissing : t.notes.nameMissing }),
    ...(!agreed && { consent_given: t.notes.consentMissing }),
  });
  const send = async () => {
    const made = await consultations.make({
      ...(known ? { patient: patient.trim() } : { patient_name: patient.trim() }), ...(title.trim() && { title: title.trim() }), consent_given: agreed,
    });
    go(`/consultations/${made.id}`, { replace: true });
  };
  const { errors, problem, busy, submit, setErrors } = useForm<Field>(check, send);
  const unknown = problem instanceof Problem && known && (problem.code === 'person_not_found' || problem.field === 'patient');
  const wrong = (value: string | undefined) => (value ? { error: value } : {});

  return (
    <>
      <Link href="/consultations" className={bench.back}><Icon name="chevronLeft" size={20} />{t.notes.back}</Link>
      <div className={classes.narrow}>
        <PageHead title={t.notes.newTitle} lead={t.notes.newLead} />
        <Card>
          <form className={form.form} noValidate onSubmit={submit}>
            {problem && !unknown && <ProblemNote problem={problem} />}
            <fieldset className={form.choices}>
              <legend>{t.notes.who}</legend>
              {[true, false].map((one) => (
                <label key={String(one)} className={form.choice}>
                  <input type="radio" name="known" checked={known === one} onChange={() => { setKnown(one); setErrors({}); }} />
                  <span className={form.choiceName}><Icon name="person" size={20} />{one ? t.notes.withAccount : t.notes.withoutAccount}</span>
                  <span className={form.choiceHint}>{one ? t.notes.withAccountHint : t.notes.withoutAccountHint}</span>
                </label>
              ))}
            </fieldset>
            <TextInput
              name="patient" label={known ? t.notes.account : t.notes.name} value={patient} maxLength={200} autoComplete="off"
              {...wrong(unknown ? t.notes.accountUnknown : errors.patient)} onChange={(event) => setPatient(event.currentTarget.value)}
            />
            <TextInput
              name="title" label={t.notes.about} description={t.notes.aboutHint} value={title} maxLength={200} autoComplete="off"
              onChange={(event) => setTitle(event.currentTarget.value)}
            />
            <section className={classes.consent} aria-labelledby="consent-title">
              <h2 id="consent-title" className={classes.consentTitle}><Icon name="mic" />{t.notes.consentTitle}</h2>
              <p className={classes.soft}>{t.notes.consentSay}</p>
              <blockquote className={classes.words}>{t.notes.consentWords}</blockquote>
              <label className={classes.tick}>
                <input
                  type="checkbox" name="consent_given" checked={agreed} aria-describedby="consent-hint" aria-invalid={Boolean(errors.consent_given) && !agreed}
                  onChange={(event) => setAgreed(event.currentTarget.checked)}
                />
                {t.notes.consentTick}
              </label>
              <p id="consent-hint" className={classes.soft}>{t.notes.consentHint}</p>
              {errors.consent_given && !agreed && <p role="alert" className={classes.wrong}><Icon name="alert" size={20} />{errors.consent_given}</p>}
            </section>
            <Button type="submit" loading={busy} leftSection={<Icon name="mic" />}>{t.notes.goOn}</Button>
          </form>
        </Card>
      </div>
    </>
  );
}
