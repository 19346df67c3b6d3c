# frozen_string_literal: true

class User < ApplicationRecord
  belongs_to :account
  belongs_to :role, class_name: 'UserRole', optional: true
  has_many :access_tokens, class_name: 'Doorkeeper::AccessToken', foreign_key: :resource_owner_id, dependent: :delete_all

  encrypts :otp_secret

  normalizes :email, with: ->(email) { email.strip.downcase }
  validates :email, format: { with: URI::MailTo::EMAIL_REGEXP }, uniqueness: true
  validates :password, length: { in: 8..72 }, allow_nil: true
  validate { account.errors.each { |error| errors.import(error) } if account&.invalid? }

  attr_reader :password

  # The encryption keys are in use from the first account on, as on a server where somebody has a second factor.
  before_create { self.otp_secret ||= SecureRandom.base58(32) }

  def self.authenticate(email, password)
    user = find_by(email: email.to_s.strip.downcase)
    user if user&.valid_password?(password) && user.functional?
  end

  def password=(password)
    @password = password
    self.encrypted_password = BCrypt::Password.create(password) if password.present?
  end

  # Whoever had the old password keeps no way in.
  def change_password(password)
    self.password = password
    access_tokens.where(revoked_at: nil).update_all(revoked_at: Time.now.utc)
  end

  def valid_password?(password)
    encrypted_password.present? && BCrypt::Password.new(encrypted_password) == password.to_s
  end

  # Signed-in sessions end with the password that began them.
  def session_token = OpenSSL::Digest::SHA256.hexdigest(encrypted_password)

  def confirmed? = confirmed_at.present?

  def functional? = confirmed? && approved? && !disabled?

  def role = super || UserRole.everyone
end
