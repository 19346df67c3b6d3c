# frozen_string_literal: true

# The pages: signed in by cookie.
class ApplicationController < ActionController::Base
  protect_from_forgery with: :exception

  helper_method :current_user

  private

  def current_user
    return @current_user if defined?(@current_user)

    user = SessionActivation.find_by(session_id: session[:activation])&.user if session[:activation]
    @current_user = (user if user&.functional?)
  end
end
