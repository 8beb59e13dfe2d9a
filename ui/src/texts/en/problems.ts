/** What went wrong and what to do, by the code of the answer. `other` is for codes we do not know. */
export const problems = {
  title: 'That did not work',
  loadTitle: 'This could not be loaded',
  codes: {
    network: 'The clinic’s server cannot be reached. Check your connection and try again.',
    cancelled: 'Sending was stopped. Nothing has been sent.',
    medicine_exists: 'This name is on the list already.',
    medicines_full: 'The list holds 5,000 names and takes no more. Remove names that are not used, then add the rest.',
    account_exists: 'There is already an account with this user name or e-mail. Log in, or choose another user name.',
    weak_password: 'This password does not fit the rules. Make it longer or mix in other characters.',
    common_password: 'Many people use this password, so it is easy to guess. Choose another one.',
    account_locked: 'There were too many failed attempts. Wait a few minutes and try again.',
    account_disabled: 'This account is switched off. Please speak to the clinic.',
    role_pending: 'The clinic’s administrator has yet to confirm your registration.',
    conflict_of_interest: 'Nobody can approve what they have sent themselves. A colleague has to do it.',
    wrong_state: 'This has moved on in the meantime. Reload to see its present state.',
    findings_open: 'Places in this text are still to be checked. They are marked.',
    approved_is_final: 'Approved text does not change any more.',
    integrity_error: 'This record failed its integrity check and is not shown. The administrator has been told.',
    person_not_found: 'Nobody here has this name, or that person may not take part in this.',
    last_admin: 'This is the last administrator and cannot be switched off.',
    already_verified: 'This doctor is already confirmed.',
    not_a_doctor: 'This account did not ask to be a doctor.',
    setup_done: 'This clinic already has an administrator. Log in instead.',
    empty_file: 'This file is empty. Choose another one.',
    unprocessable_media: 'This file could not be opened. Record or photograph it once more.',
    quota_exceeded: 'The space for your files is full. Please call the clinic.',
    write_uncertain: 'We do not know whether this was saved. Look before you try again.',
    storage_unavailable: 'Nothing can be saved at the moment. Nothing is lost; please try again in a few minutes.',
    overloaded: 'Many people are using the server right now. Please try again in a moment.',
  } as Record<string, string>,
  tooMany: (seconds: number | null) =>
    seconds === null
      ? 'That was a little too often. Please wait a moment and try again.'
      : seconds < 90
        ? `That was a little too often. Please try again in ${seconds} seconds.`
        : `That was a little too often. Please try again in ${Math.ceil(seconds / 60)} minutes.`,
  forbidden: 'Your account may not do this.',
  notFound: 'This is not here, or it is not yours to see.',
  tooLarge: 'This file is too large. Send a shorter recording or a smaller picture.',
  unsupported: 'This kind of file cannot be read. Send a recording (WAV, MP3, M4A, Ogg, WebM, FLAC) or a picture or PDF.',
  conflict: 'This has moved on in the meantime. Reload to see its present state.',
  invalid: (field: string | null) => (field ? `Please check “${field}”.` : 'Something in the form is not right.'),
  server: 'The server had a problem. Nothing is lost; please try again in a minute.',
  other: 'That did not work. Please try again.',
  reference: (id: string) => `Reference for the clinic: ${id}`,
};
