# frozen_string_literal: true

class User < ApplicationRecord
  belongs_to :account
  belongs_to :role, class_name: 'UserRole', optional: true
  has_many :access_tokens, class_name: 'Doorkeeper::AccessToken', foreign_key: :resource_owner_id, dependent: :delete_all

  has_many :session_activations, dependent: :destroy

  encrypts :otp_secret

  normalizes :email, with: ->(email) { email.strip.downcase }
  validates :email, format: { with: URI::MailTo::EMAIL_REGEXP }, uniqueness: true
  validates_with EmailMxValidator, if: :email_changed?
  validates :password, presence: true, on: :create
  validates :password, length: { in: 8..72 }, allow_nil: true
  validates :agreement, acceptance: { allow_nil: false, accept: [true, 'true', '1'] }, on: :create
  validate { account.errors.each { |error| errors.import(error) } if account&.invalid? }

  RESET_PASSWORD_WITHIN = 6.hours

  delegate :can?, to: :role

  attr_reader :password
  # Sign-up's own checks, of which the stand-in has none.
  attr_accessor :bypass_registration_checks

  # The encryption keys are in use from the first account on, as on a server where an account has a second factor.
  before_create { self.otp_secret ||= SecureRandom.base58(32) }

  # The creator of an account approves it afterwards, unless sign-ups are open.
  before_create { self.approved = Setting.registrations_mode == 'open' }

  def self.authenticate(email, password)
    user = find_by(email: email.to_s.strip.downcase)
    user if user&.valid_password?(password) && user.functional?
  end

  def password=(password)
    @password = password
    self.encrypted_password = BCrypt::Password.create(password) if password.present?
  end

  def self.with_reset_password_token(token)
    find_by(reset_password_token: digest(token), reset_password_sent_at: RESET_PASSWORD_WITHIN.ago..)
  end

  def self.digest(token) = OpenSSL::Digest::SHA256.hexdigest(token.to_s)

  # Sessions of the old password end.
  def change_password!(password)
    update(password:) && session_activations.destroy_all
    revoke_access!
  end

  # Of applications.
  def revoke_access!
    access_tokens.where(revoked_at: nil).update_all(revoked_at: Time.now.utc)
  end

  def send_reset_password_instructions
    token = SecureRandom.urlsafe_base64(20)
    update!(reset_password_token: self.class.digest(token), reset_password_sent_at: Time.now.utc)
    UserMailer.reset_password_instructions(self, token).deliver_later
  end

  def reset_password(password) = update(password:, reset_password_token: nil)

  # As upstream: the staff has to review a newly confirmed account.
  def mark_email_as_confirmed!
    known = confirmed?
    update!(confirmed_at: Time.now.utc)
    return if known

    approved? ? prepare_new_user! : notify_staff_about_pending_account!
  end

  def approve!
    return if approved?

    update!(approved: true)
    prepare_new_user! if confirmed?
  end

  def to_log_human_identifier = account.username

  def valid_password?(password)
    encrypted_password.present? && BCrypt::Password.new(encrypted_password) == password.to_s
  end

  def confirmed? = confirmed_at.present?

  def functional? = confirmed? && approved? && !disabled?

  def role = super || UserRole.everyone

  private

  # Upstream enqueues at once, and a worker that is faster than the commit finds no record: the stand-in refuses.
  def prepare_new_user!
    raise 'a new user is welcomed before the commit' if self.class.connection.transaction_open?

    BootstrapTimelineWorker.perform_async(account_id)
  end

  # Upstream informs the first owner of himself, too: here that mail would wait for a relay that most tests don't have.
  def notify_staff_about_pending_account!
    User.where.not(role_id: nil).where.not(id:).find_each do |staff|
      AdminMailer.new_pending_account(staff, self).deliver_later if staff.can?(:manage_users)
    end
  end
end
