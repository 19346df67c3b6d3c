# frozen_string_literal: true

class UserMailer < ApplicationMailer
  def reset_password_instructions(user, token)
    @user = user
    @token = token
    mail to: user.email, subject: 'Mastodon (stand-in): Reset password instructions'
  end

  def terms_of_service_changed(user, terms)
    @user = user
    @terms = terms
    mail to: user.email, subject: 'Mastodon (stand-in): Updates to our terms of service'
  end
end
